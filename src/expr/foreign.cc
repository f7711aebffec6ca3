#include "expr/foreign.hh"

#include <algorithm>
#include <array>
#include <span>

namespace flowrun::expr {
namespace {

constexpr std::string_view typographic = "this is a typographic quote: text is written in ' or \"";
constexpr std::string_view blank = "an invisible character stands here: write a space in its place";
constexpr std::string_view pattern = "a pattern is matched by x.matches('...')";
constexpr std::string_view message_is = "the message is msg, and its members are msg.name";
constexpr std::string_view size_is = "the length is size(x)";

constexpr std::array signs{
    Foreign{"===", "to compare write '=='"},
    Foreign{"!==", "'not equal' is '!='"},
    Foreign{"=~", pattern},
    Foreign{"!~", "a pattern that must not match is !x.matches('...')"},
    Foreign{"<>", "'not equal' is '!='"},
    Foreign{"**", "there is no sign for powers: multiply"},
    Foreign{"??", "a value for what is missing: has(msg.x) ? msg.x : 'other'"},
    Foreign{"=>", "a function of an element is written x.map(i, i.price)"},
    Foreign{":=", "a name for a part is given by cel.bind(name, value, expression)"},
    Foreign{"~", pattern},
    Foreign{"`", "text is written in ' or \""},
    Foreign{"“", typographic},
    Foreign{"”", typographic},
    Foreign{"„", typographic},
    Foreign{"‘", typographic},
    Foreign{"’", typographic},
    Foreign{"«", typographic},
    Foreign{"»", typographic},
    Foreign{"\u00A0", blank},
    Foreign{"\u2007", blank},
    Foreign{"\u202F", blank},
    Foreign{"\u3000", blank},
    Foreign{"\u200B", blank},
    Foreign{"\uFEFF", blank},
    Foreign{"−", "this is a typographic minus: write '-'"},
    Foreign{"–", "this is a typographic dash: write '-'"},
    Foreign{"≠", "'not equal' is '!='"},
    Foreign{"≤", "write '<='"},
    Foreign{"≥", "write '>='"},
    Foreign{"×", "to multiply write '*'"},
    Foreign{"÷", "to divide write '/'"},
};

constexpr std::array operators{
    Foreign{"and", "logical and is '&&'"},
    Foreign{"AND", "logical and is '&&'"},
    Foreign{"or", "logical or is '||'"},
    Foreign{"OR", "logical or is '||'"},
    Foreign{"not", "logical not is '!', 'not in' is !(a in b)"},
    Foreign{"NOT", "logical not is '!', 'not in' is !(a in b)"},
    Foreign{"is", "to compare write '=='"},
    Foreign{"IS", "to compare write '=='"},
    Foreign{"eq", "to compare write '=='"},
    Foreign{"ne", "'not equal' is '!='"},
    Foreign{"IN", "write 'in'"},
    Foreign{"like", pattern},
    Foreign{"LIKE", pattern},
    Foreign{"matches", pattern},
    Foreign{"contains", "write x.contains('...')"},
    Foreign{"startsWith", "write x.startsWith('...')"},
    Foreign{"endsWith", "write x.endsWith('...')"},
    Foreign{"mod", "write '%'"},
    Foreign{"div", "write '/'"},
    Foreign{"if", "a choice is written: condition ? a : b"},
    Foreign{"else", "a choice is written: condition ? a : b"},
    Foreign{"then", "a choice is written: condition ? a : b"},
    Foreign{"for", "to go through a list write x.map(i, ...) or x.filter(i, ...)"},
};

constexpr std::array constants{
    Foreign{"None", "nothing is null"},
    Foreign{"nil", "nothing is null"},
    Foreign{"NULL", "nothing is null"},
    Foreign{"Null", "nothing is null"},
    Foreign{"undefined", "whether a member is there says has(msg.x)"},
    Foreign{"True", "write true"},
    Foreign{"TRUE", "write true"},
    Foreign{"False", "write false"},
    Foreign{"FALSE", "write false"},
    Foreign{"not", "logical not is '!'"},
    Foreign{"NOT", "logical not is '!'"},
};

constexpr std::array message_names{"this",   "self", "it",    "payload", "message", "body", "data",
                                   "record", "row",  "event", "doc",     "_",       "input"};

constexpr std::array functions{
    Foreign{"len", size_is},
    Foreign{"length", size_is},
    Foreign{"count", size_is},
    Foreign{"strlen", size_is},
    Foreign{"lower", "write x.lowerAscii()"},
    Foreign{"toLowerCase", "write x.lowerAscii()"},
    Foreign{"tolower", "write x.lowerAscii()"},
    Foreign{"upper", "write x.upperAscii()"},
    Foreign{"toUpperCase", "write x.upperAscii()"},
    Foreign{"toupper", "write x.upperAscii()"},
    Foreign{"strip", "write x.trim()"},
    Foreign{"includes", "write x.contains('...'), or of a list: value in x"},
    Foreign{"starts_with", "write x.startsWith('...')"},
    Foreign{"startswith", "write x.startsWith('...')"},
    Foreign{"ends_with", "write x.endsWith('...')"},
    Foreign{"endswith", "write x.endsWith('...')"},
    Foreign{"test", pattern},
    Foreign{"match", pattern},
    Foreign{"substr", "write x.substring(from, to)"},
    Foreign{"slice", "write x.substring(from, to)"},
    Foreign{"concat", "texts and lists are joined by '+'"},
    Foreign{"append", "texts and lists are joined by '+'"},
    Foreign{"str", "write string(x)"},
    Foreign{"toString", "write string(x)"},
    Foreign{"String", "write string(x)"},
    Foreign{"parseInt", "write int(x)"},
    Foreign{"integer", "write int(x)"},
    Foreign{"number", "write double(x)"},
    Foreign{"float", "write double(x)"},
    Foreign{"parseFloat", "write double(x)"},
    Foreign{"Number", "write double(x)"},
    Foreign{"some", "write x.exists(i, condition)"},
    Foreign{"any", "write x.exists(i, condition)"},
    Foreign{"every", "write x.all(i, condition)"},
    Foreign{"find", "write x.filter(i, condition)[0]"},
    Foreign{"select", "write x.filter(i, condition)"},
    Foreign{"forEach", "write x.map(i, ...)"},
    Foreign{"sort_by", "write x.sortBy(i, i.price)"},
    Foreign{"group_by", "write x.groupBy(i, i.country)"},
    Foreign{"reduce", "there are sum(), min(), max() and avg() of a list"},
    Foreign{"keys", "the keys of a map are x.map(k, k)"},
    Foreign{"today", "write now()"},
    Foreign{"date", "write timestamp(x)"},
    Foreign{"coalesce", "a value for what is missing: has(msg.x) ? msg.x : 'other'"},
    Foreign{"default", "a value for what is missing: has(msg.x) ? msg.x : 'other'"},
    Foreign{"ifelse", "a choice is written: condition ? a : b"},
    Foreign{"pow", "there are no powers: multiply"},
    Foreign{"math.pow", "there are no powers: multiply"},
};

Foreign among(std::string_view text, std::span<const Foreign> all) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Foreign& f) { return f.text == text; });
    return found == all.end() ? Foreign{} : *found;
}

}  // namespace

Foreign foreign_sign(std::string_view rest) {
    const auto found =
        std::find_if(signs.begin(), signs.end(), [&](const Foreign& sign) { return rest.starts_with(sign.text); });
    return found == signs.end() ? Foreign{} : *found;
}

Foreign foreign_operator(std::string_view word) { return among(word, operators); }

Foreign foreign_name(std::string_view name, bool message) {
    if (const Foreign constant = among(name, constants); !constant.text.empty()) return constant;
    const bool of_message = std::find(message_names.begin(), message_names.end(), name) != message_names.end();
    return message && of_message ? Foreign{name, message_is} : Foreign{};
}

Foreign foreign_function(std::string_view name) { return among(name, functions); }

}  // namespace flowrun::expr
