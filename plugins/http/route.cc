#include "route.hh"

#include <algorithm>
#include <iterator>

#include "target.hh"
#include "text.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

std::string text_of(Value settings, const char* name) { return std::string(settings[name].string().value_or("")); }

Signature signature_of(Value settings) {
    Signature out{text_of(settings, "header"), text_of(settings, "secret"), text_of(settings, "prefix"),
                  text_of(settings, "encoding") == "base64"};
    for (char& c : out.header) c = lower(c);
    return out;
}

Route route_of(Value settings) {
    Route out;
    out.signature = signature_of(settings["signature"]);
    out.path = settings.string() ? std::string(*settings.string()) : text_of(settings, "path");
    for (Value method : settings["methods"].items()) out.methods.emplace_back(method.string().value_or(""));
    return out;
}

[[noreturn]] void refuse(const std::string& why) { throw Failure(Status::invalid, why); }

void refuse_unusable_signature(Value signature) {
    if (!signature) return;
    if (!is_token(text_of(signature, "header"))) refuse("'header' of 'signature' is not the name of a header");
    if (text_of(signature, "secret").empty()) refuse("'secret' of 'signature' is empty, and anybody could sign");
}

void refuse_unusable_path(const std::string& path) {
    const auto wrong = [&](const std::string& why) { refuse("'path' " + path + " can never be asked for: " + why); };
    if (path.front() != '/') refuse("'path' begins with a /: write /" + path);
    if (path.find_first_of("?#") != path.npos) wrong("what begins with ? or # is no part of a path");
    if (const std::size_t star = path.find('*');
        star != path.npos && (star + 1 != path.size() || path[star - 1] != '/'))
        wrong("* stands for all below a path, as the last thing in it, after a /");
    if (has_dot_segments(path)) wrong("clients take . and .. out");
    const auto target = target_of(path);
    if (!target || target->path != path) wrong("it is matched decoded: write what the % stands for");
}

// `name` in capitals is a method that all know: the one that was meant, since case counts.
void refuse_unusable_method(const std::string& name) {
    constexpr std::string_view known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"};
    if (!is_token(name)) refuse("'methods': '" + name + "' is not a method");
    if (same(name, "CONNECT")) refuse("'methods': CONNECT asks for no path, and is never served");
    for (const std::string_view one : known) {
        if (same(one, name) && one != name) {
            refuse("'methods': '" + name + "' is never asked for: write " + std::string(one));
        }
    }
}

void refuse_unusable(const Route& route, Value settings, bool may_be_any) {
    if (!route.path.empty()) refuse_unusable_path(route.path);
    else if (!may_be_any) refuse("a route has no 'path'; /* stands for any");
    if (settings["methods"] && route.methods.empty()) refuse("'methods' is empty: leave it out to serve any");
    for (const std::string& name : route.methods) refuse_unusable_method(name);
}

bool covers(std::string_view pattern, std::string_view path) {
    if (pattern.empty() || pattern == path) return true;
    return pattern.ends_with("/*") && matches(pattern, path.substr(0, path.size() - (path.ends_with("/*") ? 2 : 0)));
}

// Whether all that would come to `later` has gone to `earlier` before.
bool covers(const Route& earlier, const Route& later) {
    if (!covers(earlier.path, later.path)) return false;
    if (later.methods.empty()) return earlier.methods.empty();
    return std::all_of(later.methods.begin(), later.methods.end(),
                       [&](const std::string& method) { return earlier.serves(method); });
}

void refuse_unreached(Value settings, const std::vector<Route>& routes) {
    std::vector<std::string> names;
    for (auto [name, route] : settings["routes"].entries()) names.emplace_back(name);
    for (auto later = routes.begin(); later != routes.end(); ++later) {
        const auto name = [&](auto at) { return "'" + names[static_cast<std::size_t>(at - routes.begin())] + "'"; };
        const auto first = std::find_if(routes.begin(), later, [&](const Route& one) { return covers(one, *later); });
        const std::string none = "no request ever comes to the route " + name(later);
        if (first != later) refuse(none + ": " + name(first) + " stands before it and takes them all");
        if (later->methods.empty()) continue;
        // One takes these methods, another those.
        const bool all = std::all_of(later->methods.begin(), later->methods.end(), [&](const std::string& method) {
            return std::any_of(routes.begin(), later,
                               [&](const Route& one) { return covers(one.path, later->path) && one.serves(method); });
        });
        if (all) refuse(none + ": those before it take all of its methods");
    }
}

}  // namespace

bool Route::serves(std::string_view method) const {
    if (methods.empty()) return method != "CONNECT" && method != "TRACE";
    const auto has = [&](std::string_view name) {
        return std::find(methods.begin(), methods.end(), name) != methods.end();
    };
    return has(method) || (method == "HEAD" && has("GET"));
}

std::vector<Route> routes_of(Value settings) {
    std::vector<Route> out;
    for (auto [name, route] : settings["routes"].entries()) {
        out.push_back(route_of(route));
        if (!route["signature"]) out.back().signature = signature_of(settings["signature"]);
    }
    if (out.empty()) out.push_back(route_of(settings));
    return out;
}

void refuse_unusable_routes(Value settings) {
    refuse_unusable_signature(settings["signature"]);
    if (settings["routes"] && (settings["path"] || settings["methods"])) {
        refuse("'routes' have paths and methods of their own: take 'path' and 'methods' out");
    }
    if (!settings["routes"]) return refuse_unusable(route_of(settings), settings, true);
    for (auto [name, route] : settings["routes"].entries()) {
        refuse_unusable_signature(route["signature"]);
        refuse_unusable(route_of(route), route, false);
    }
    refuse_unreached(settings, routes_of(settings));
}

Choice choose(const std::vector<Route>& routes, std::string_view method, std::string_view path) {
    Choice out;
    std::vector<std::string> allowed;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const Route& route = routes[i];
        if (!route.path.empty() && !matches(route.path, path)) continue;
        out.known = true;
        if (route.serves(method)) {
            out.route = static_cast<std::uint32_t>(i);
            return out;
        }
        for (const std::string& one : route.methods) {
            if (std::find(allowed.begin(), allowed.end(), one) == allowed.end()) allowed.push_back(one);
        }
    }
    for (const std::string& one : allowed) out.allowed.append(out.allowed.empty() ? "" : ", ").append(one);
    return out;
}

}  // namespace flowrun::http
