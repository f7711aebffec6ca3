#include "command/verb.hh"

#include <algorithm>
#include <vector>

#include "capture.hh"

using namespace flowrun::command;

namespace {

struct Said {
    int exit;
    std::string out, err;
};

Said said(std::vector<std::string> words) {
    words.insert(words.begin(), "flowrun");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    const Capture out(1), err(2);
    const int exit = main_of(static_cast<int>(argv.size()), argv.data());
    return {exit, out.text(), err.text()};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("without a verb the verbs are told, and it is an error") {
    const Said nothing = said({});
    CHECK(nothing.exit == 64);
    CHECK(nothing.out.empty());
    CHECK(has(nothing.err, "flowrun check"));
    const Said asked = said({"help"});
    CHECK(asked.exit == 0);
    CHECK(asked.out == nothing.err);
    CHECK(said({"--help"}).out == asked.out);
}

TEST_CASE("every verb has help with all its options and two examples, asked for in either way") {
    for (const Verb* verb : verbs()) {
        INFO(verb->name);
        const Said help = said({"help", std::string(verb->name)});
        CHECK(help.exit == 0);
        CHECK(help.err.empty());
        for (const Option& option : verb->options) CHECK(has(help.out, "--" + std::string(option.name)));
        CHECK(said({std::string(verb->name), "--help"}).out == help.out);
        const std::string_view examples = verb->examples;
        CHECK(std::ranges::count(examples, '\n') == 2);
        CHECK(examples.starts_with("  "));
        std::size_t begin = 0;
        for (std::size_t end; (end = help.out.find('\n', begin)) != std::string::npos; begin = end + 1) {
            CHECK(end - begin <= 100);
        }
    }
}

TEST_CASE("a word that is no verb gets the nearest, and a flow is told how to run it") {
    CHECK(said({"rum"}).err == "flowrun: there is no verb 'rum'; did you mean 'run'?\n");
    CHECK(said({"rum"}).exit == 64);
    CHECK(said({"orders.yaml"}).err ==
          "flowrun: there is no verb 'orders.yaml'; did you mean 'flowrun run orders.yaml'?\n");
    CHECK(has(said({"flows/orders"}).err, "did you mean 'flowrun run flows/orders'?"));
    CHECK(has(said({"help", "inspekt"}).err, "did you mean 'inspect'?"));
    CHECK(has(said({"--quiet"}).err, "options come behind the verb"));
}

TEST_CASE("a wrong option is told with the verb and how to learn more") {
    const Said wrong = said({"run", "--qiet", "x.yaml"});
    CHECK(wrong.exit == 64);
    CHECK(wrong.err == "flowrun: run: unknown option '--qiet'; did you mean '--quiet'?\nsee 'flowrun help run'\n");
}

TEST_CASE("the version says the plugin interface too, and takes no words") {
    CHECK(said({"version"}).out.starts_with("flowrun "));
    CHECK(has(said({"--version"}).out, "plugin ABI 1."));
    CHECK(said({"version", "x"}).exit == 64);
}

TEST_CASE("a flow that cannot be read is unavailable, for run and check alike") {
    for (const char* verb : {"run", "check"}) {
        const Said missing = said({verb, "/nowhere/x.yaml"});
        CHECK(missing.exit == 69);
        CHECK(missing.err == "flowrun: cannot open /nowhere/x.yaml: No such file or directory\n");
    }
    CHECK(said({"check", "/"}).err == "flowrun: cannot read /: Is a directory\n");
}
