#include "value/mistake.hh"

#include <string_view>

namespace flowrun::value {

const char* mistaken_value(const char* at, const char* end) {
    const std::string_view rest(at, static_cast<std::size_t>(end - at));
    if (rest.starts_with("NaN") || rest.starts_with("nan")) return "NaN is not JSON: use null";
    if (rest.starts_with("Inf") || rest.starts_with("inf")) return "Infinity is not JSON";
    if (rest.starts_with("\xEF\xBB\xBF")) return "byte order mark: JSON text begins without one";
    if (rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#')) return "JSON has no comments";
    switch (rest.front()) {
        case '\'': return "strings stand in double quotes";
        case '+': return "number with a leading '+'";
        case '.': return "number needs a digit before its decimal point";
        case ',':
        case ']':
        case '}': return "expected a value here";
        case 't':
        case 'f':
        case 'n':
        case 'T':
        case 'F':
        case 'N': return "expected a value: the words are true, false and null";
        default: return "expected a value: a string, a number, true, false, null, a list or a map";
    }
}

const char* mistaken_number(const char* at, const char* end) {
    const std::string_view rest(at, static_cast<std::size_t>(end - at));
    if (rest.starts_with("Inf") || rest.starts_with("inf")) return "Infinity is not JSON";
    return "number needs a digit behind its minus sign";
}

const char* mistaken_key(char c) {
    if (c == '\'') return "keys stand in double quotes";
    if (c == '}' || c == ',') return "expected a key after ','";
    return "expected a key in double quotes";
}

}  // namespace flowrun::value
