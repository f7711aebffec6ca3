// flowrun-components(7) says of each component what its description says: the part of the page between its marks is made
// from the description, and FLOWRUN_UPDATE=1 writes it anew (a new component gets a section of its own).

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "command/nature.hh"
#include "component/catalog.hh"
#include "engine/host/host.hh"

using namespace flowrun;

namespace {

void replace_all(std::string& text, const std::string& what, const std::string& by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
}

// Words as roff takes them for words.
std::string escaped(std::string text) {
    replace_all(text, "\\", "\\e");
    replace_all(text, "…", "...");
    replace_all(text, "×", "\\(mu");
    replace_all(text, "µ", "\\(mc");
    INFO("not in ASCII: " << text);
    REQUIRE(std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; }));
    return text;
}

// Lines of at most 80 bytes; a sentence begins a line.
void fill(const std::string& paragraph, std::string& out) {
    std::istringstream words(escaped(paragraph));
    std::string word, line;
    const auto flush = [&] {
        if (!line.empty()) out += line + "\n";
        line.clear();
    };
    while (words >> word) {
        if (!line.empty() && line.size() + 1 + word.size() > 80) flush();
        if (line.empty() && (word[0] == '.' || word[0] == '\'')) word = "\\&" + word;
        line += (line.empty() ? "" : " ") + word;
        if (word.back() == '.') flush();
    }
    flush();
}

void paragraphs(const std::string& text, std::string& out) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        out += ".Pp\n";
        fill(line, out);
    }
}

std::string sentence(std::string text) {
    if (!text.empty() && text.back() != '.') text += '.';
    return text;
}

void ports(const char* title, const std::vector<flow::PortInfo>& all, std::string& out) {
    if (all.empty()) return;
    out += std::string(".Pp\n") + title + ":\n.Bl -tag -width \"max_messages\" -compact\n";
    for (const flow::PortInfo& port : all) {
        out += ".It Ic " + port.name + "\n";
        fill(sentence(port.doc), out);
    }
    out += ".El\n";
}

void settings(const std::vector<flow::Setting>& all, std::string& out) {
    if (all.empty()) return;
    out += ".Bl -tag -width \"max_messages\"\n";
    for (const flow::Setting& setting : all) {
        out += ".It Ic " + setting.name + "\n";
        fill(sentence(setting.doc), out);
        std::string nature = command::nature_of(setting);
        if (nature[0] >= 'a' && nature[0] <= 'z') nature[0] = static_cast<char>(nature[0] - 'a' + 'A');
        fill(sentence(std::move(nature)), out);
        settings(setting.members(), out);
    }
    out += ".El\n";
}

std::string described(const flow::ComponentInfo& c) {
    std::string out;
    fill(sentence(c.summary), out);
    paragraphs(c.doc, out);
    ports("Inputs", c.ports.inputs, out);
    ports("Outputs", c.ports.outputs, out);
    if (c.ports_depend_on_settings) out += ".Pp\nIts settings name further ports.\n";
    if (c.settings.empty()) return out;
    out += ".Pp\nSettings:\n";
    settings(c.settings, out);
    return out;
}

std::string mark(const std::string& id, const char* which) { return ".\\\" " + id + " " + which + "\n"; }

// The page with this component's part as it should be.
std::string with(std::string page, const flow::ComponentInfo& c) {
    const std::string begin = mark(c.id, "BEGIN"), end = mark(c.id, "END");
    if (page.find(begin) == std::string::npos) {
        const std::size_t after = page.find(".Sh SEE ALSO");
        REQUIRE(after != std::string::npos);
        page.insert(after, ".Ss " + c.id + "\n" + begin + end);
    }
    const std::size_t from = page.find(begin) + begin.size(), to = page.find(end);
    REQUIRE(to != std::string::npos);
    REQUIRE(from <= to);
    return page.replace(from, to - from, described(c));
}

}  // namespace

TEST_CASE("The manual's page of components says what each component says of itself") {
    std::ifstream file(FLOWRUN_MANUAL);
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    REQUIRE_FALSE(page.empty());
    component::Catalog catalog({FLOWRUN_PLUGINS}, engine::host());
    std::string wanted = page;
    std::size_t components = 0;
    for (const component::Catalog::Listed& plugin : catalog.list()) {
        INFO(plugin.path);
        CHECK(plugin.problem.empty());
        for (const flow::ComponentInfo* c : plugin.components) {
            INFO(c->id);
            const std::string fixed = with(wanted, *c);
            const bool same = fixed == wanted;  // not the two pages in a message
            CHECK((same || std::getenv("FLOWRUN_UPDATE") != nullptr));
            wanted = fixed;
            ++components;
        }
    }
    CHECK(components > 10);
    if (std::getenv("FLOWRUN_UPDATE") != nullptr && wanted != page) std::ofstream(FLOWRUN_MANUAL) << wanted;
}
