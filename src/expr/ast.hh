#pragma once
// An expression as a tree: what the parser makes, the checker resolves and types, and the compiler reads.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "expr/function.hh"
#include "expr/scope.hh"
#include "expr/type.hh"
#include "expr/value.hh"

namespace flowrun::expr {

enum class Form : std::uint8_t {
    literal,      // value, or `name` for string and bytes
    name,         // name; `root`: written with a leading dot
    select,       // parts[0].name
    index,        // parts[0][parts[1]]
    call,         // name(parts…), or with `receiver` parts[0].name(parts[1]…)
    list,         // [parts…]
    map,          // {parts[0]: parts[1], …}
    not_,         // !parts[0]
    negate,       // -parts[0]
    binary,       // parts[0] operator_ parts[1]
    and_,         // all parts
    or_,          // any part
    conditional,  // parts[0] ? parts[1] : parts[2]
    has,          // has(parts[0].name)
    loop,         // parts[0].all(first, parts[1]) and its kin
    bind,         // cel.bind(first, parts[0], parts[1])
    opt_map,      // parts[0].optMap(first, parts[1]); `optional`: optFlatMap
};

enum class Operator : std::uint8_t {
    add,
    subtract,
    multiply,
    divide,
    modulo,
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,
    in
};

std::string_view sign_of(Operator op);

enum class Loop : std::uint8_t {
    all,
    exists,
    exists_one,
    filter,  // parts[1] the predicate
    map,     // parts.back() the result; with three parts, parts[1] the predicate; so transform_…
    transform_list,
    transform_map,
    transform_map_entry,
    sort_by,
    group_by,
};

// What the checker found a name or call to mean.
enum class Meaning : std::uint8_t { unknown, local, slot, record, type, call };

struct Expr {
    Form form = Form::literal;
    Operator operator_ = Operator::add;
    Loop loop = Loop::all;
    bool root = false;
    bool receiver = false;
    bool optional = false;             // .?name  [?index]
    std::vector<bool> optional_parts;  // list elements and map entries written with '?'

    std::uint32_t offset = 0;  // of the whole sub-expression
    std::uint32_t length = 0;
    std::uint32_t mark = 0;  // of the operator, member or function name: where an error points
    std::uint32_t mark_length = 0;
    std::uint32_t height = 1;  // of the tree below, itself included

    std::string name;
    std::string first, second;  // variables of a macro; `second` empty: has one
    Value value;                // of a literal that is neither string nor bytes
    std::vector<std::unique_ptr<Expr>> parts;

    Meaning meaning = Meaning::unknown;
    std::uint32_t place = 0;  // local or slot number; a macro's first variable (the second is next)
    const Scope::Record* record = nullptr;
    std::vector<Overload> overloads;  // of a call: the overloads that may fit
    std::string fault;                // lenient checking: what evaluation says
    Type type;
};

using ExprPtr = std::unique_ptr<Expr>;

}  // namespace flowrun::expr
