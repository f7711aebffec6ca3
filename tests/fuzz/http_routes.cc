// Settings with routes, as an author might write them, and requests. Settings that are taken have no route to which no request
// comes: for each there is one that it takes. Whatever is asked for, the first that fits takes it.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../../plugins/http/route.hh"
#include "../../plugins/http/target.hh"
#include "../../src/component/values_table.hh"
#include "value/builder.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::http;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

// Lines of `path method method`: routes, and behind an empty one what is asked for.
std::string_view line(std::string_view& text) {
    const std::string_view out = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(out.size() + 1, text.size()));
    return out;
}
std::string_view word(std::string_view& text) {
    const std::string_view out = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(out.size() + 1, text.size()));
    return out;
}

bool usable(sdk::Value settings) {
    try {
        refuse_unusable_routes(settings);
        return true;
    } catch (const sdk::Failure& failure) {
        must(*failure.what() != '\0');
        return false;
    }
}

bool fits(const Route& route, std::string_view method, std::string_view path) {
    return (route.path.empty() || matches(route.path, path)) && route.serves(method);
}

void ask(const std::vector<Route>& routes, std::string_view method, std::string_view path) {
    const Choice choice = choose(routes, method, path);
    for (std::uint32_t i = 0; i < routes.size(); ++i) {
        const bool taken = choice.route && *choice.route == i;
        must(taken || !fits(routes[i], method, path) || (choice.route && *choice.route < i));
        must(!taken || fits(routes[i], method, path));
    }
    must(!choice.route || choice.known);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (!value::valid_utf8(text)) return 0;
    value::Builder make;
    make.map();
    (void)make.key("routes");
    make.map();
    unsigned count = 0;
    for (std::string_view one = line(text); !one.empty() && count < 12; one = line(text)) {
        (void)make.key("r" + std::to_string(count++));
        make.map();
        (void)make.key("path");
        const std::string_view path = word(one);
        (void)make.string(path.empty() ? "/" : path);
        if (!one.empty()) {
            (void)make.key("methods");
            make.list();
            while (!one.empty()) (void)make.string(word(one));
            make.end();
        }
        make.end();
    }
    make.end();
    make.end();
    const value::Node* const made = make.finish();
    if (made == nullptr || count == 0) return 0;
    const sdk::Value settings(&component::values_table(), component::to_c(made));
    if (!usable(settings)) return 0;
    const std::vector<Route> routes = routes_of(settings);
    must(routes.size() == count);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::string path = routes[i].path;
        if (path.ends_with("/*")) path.replace(path.size() - 1, 1, "such\x7Fnowhere");
        bool reached = routes[i].methods.empty();
        for (const std::string& method : routes[i].methods) {
            const Choice choice = choose(routes, method, path);
            reached = reached || (choice.route && *choice.route == i);
        }
        if (routes[i].methods.empty()) {
            const Choice choice = choose(routes, "ANYTHING-ELSE", path);
            reached = choice.route && *choice.route == i;
        }
        must(reached);
    }
    while (!text.empty()) {
        std::string_view one = line(text);
        const std::string_view method = word(one);
        ask(routes, method, one);
    }
    return 0;
}
