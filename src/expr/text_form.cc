#include "expr/text_form.hh"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "expr/calendar.hh"

namespace flowrun::expr {

std::string format_double(double d) {
    if (std::isnan(d)) return "NaN";
    if (std::isinf(d)) return d < 0 ? "-Infinity" : "Infinity";
    const double size = std::fabs(d);
    const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, d,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific);
    return std::string(buffer, end.ptr);
}

bool append_text(const Value& v, std::string& out) {
    switch (v.kind) {
        case Kind::null: out += "null"; return true;
        case Kind::boolean: out += v.b ? "true" : "false"; return true;
        case Kind::integer: fmt::format_to(std::back_inserter(out), "{}", v.i); return true;
        case Kind::unsigned_: fmt::format_to(std::back_inserter(out), "{}", v.u); return true;
        case Kind::real: out += format_double(v.d); return true;
        case Kind::number: out += v.node->json_text(); return true;
        case Kind::string: out += v.view(); return true;
        case Kind::timestamp: out += format_moment({v.i, v.size}); return true;
        case Kind::duration: out += format_duration(v.i); return true;
        case Kind::type: out += name_of(v.named); return true;
        default: return false;
    }
}

}  // namespace flowrun::expr
