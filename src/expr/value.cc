#include "expr/value.hh"

namespace flowrun::expr {

Value Value::moment(std::int64_t nanoseconds) {
    constexpr std::int64_t billion = 1'000'000'000;
    std::int64_t seconds = nanoseconds / billion, rest = nanoseconds % billion;
    if (rest < 0) {
        rest += billion;
        --seconds;
    }
    return timestamp(seconds, static_cast<std::uint32_t>(rest));
}

Value Value::from_number(const value::Node& node) {
    if (node.is(value::Kind::integer)) {
        if (const auto v = node.as_int()) return integer(*v);
    } else if (node.is(value::Kind::unsigned_)) {
        if (const auto v = node.as_uint()) return unsigned_(*v);
    } else if (node.is(value::Kind::real)) {
        if (const auto v = node.as_double()) return real(*v);
    }
    Value out = plain(Kind::number);
    out.node = &node;
    return out;
}

}  // namespace flowrun::expr
