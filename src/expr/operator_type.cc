// The types that operators take and give, as the checker sees them.

#include "expr/arithmetic.hh"

namespace flowrun::expr {
namespace {

bool of(const Type& a, const Type& b, Kind x, Kind y) { return (a.is_dyn() || a.is(x)) && (b.is_dyn() || b.is(y)); }

// Numbers give their own type, or double when one of them is; int and uint do not mix.
bool number_type(const Type& a, const Type& b, Type& out) {
    if (!a.is_number() && !b.is_number()) return false;
    if ((!a.is_number() && !a.is_dyn()) || (!b.is_number() && !b.is_dyn())) return false;
    if (a.is_dyn() || b.is_dyn()) {
        out = a.is(Kind::real) || b.is(Kind::real) ? Type::real() : Type::dyn();
        return true;
    }
    if (a.kind() != b.kind() && !a.is(Kind::real) && !b.is(Kind::real)) return false;
    out = a.kind() == b.kind() ? a : Type::real();
    return true;
}

bool textual(const Type& t) { return t.is_dyn() || t.is(Kind::string) || t.is(Kind::secret); }

bool add_type(const Type& a, const Type& b, Type& out) {
    if (number_type(a, b, out)) return true;
    const auto give = [&](Type t) {
        out = std::move(t);
        return true;
    };
    if (of(a, b, Kind::bytes, Kind::bytes)) return give(Type::bytes());
    if (textual(a) && textual(b)) return give(a == b ? a : a.is_dyn() || b.is_dyn() ? Type::dyn() : Type::secret());
    if (of(a, b, Kind::list, Kind::list)) return give(a.is_dyn() || b.is_dyn() ? Type::list() : Type::join(a, b));
    if ((a.is(Kind::duration) && b.is_dyn()) || (a.is_dyn() && b.is(Kind::duration))) return give(Type::dyn());
    if (of(a, b, Kind::timestamp, Kind::duration)) return give(Type::timestamp());
    if (of(a, b, Kind::duration, Kind::timestamp)) return give(Type::timestamp());
    return of(a, b, Kind::duration, Kind::duration) && give(Type::duration());
}

bool subtract_type(const Type& a, const Type& b, Type& out) {
    if (number_type(a, b, out)) return true;
    if (a.is(Kind::timestamp) && b.is_dyn()) return true;
    if (of(a, b, Kind::timestamp, Kind::timestamp)) {
        out = Type::duration();
        return true;
    }
    if (!b.is(Kind::duration) && !(a.is(Kind::duration) && b.is_dyn())) return false;
    out = a.is(Kind::duration) ? Type::duration() : a.is(Kind::timestamp) ? Type::timestamp() : Type::dyn();
    return a.is_dyn() || a.is(Kind::duration) || a.is(Kind::timestamp);
}

// Whether values of the two can be equal.
bool comparable(const Type& a, const Type& b) {
    if (a.is_dyn() || b.is_dyn() || (a.is_number() && b.is_number())) return true;
    if (a.is(Kind::secret) || b.is(Kind::secret) || a.kind() != b.kind()) return false;
    return comparable(a.part(0), b.part(0)) && comparable(a.part(1), b.part(1));
}

bool ordered(const Type& t) {
    return t.is_dyn() || t.is_number() || t.is(Kind::string) || t.is(Kind::bytes) || t.is(Kind::boolean) ||
           t.is(Kind::timestamp) || t.is(Kind::duration);
}

bool in_type(const Type& a, const Type& b) {
    if (b.is_dyn()) return true;
    return (b.is(Kind::list) || b.is(Kind::map)) && comparable(a, b.part(0));
}

}  // namespace

bool binary_type(Operator op, const Type& a, const Type& b, Type& out) {
    out = Type::dyn();
    const bool unknown = a.is_dyn() && b.is_dyn();
    switch (op) {
        case Operator::add: return unknown || add_type(a, b, out);
        case Operator::subtract: return unknown || subtract_type(a, b, out);
        case Operator::multiply:
        case Operator::divide: return unknown || number_type(a, b, out);
        case Operator::modulo: return unknown || (number_type(a, b, out) && !a.is(Kind::real) && !b.is(Kind::real));
        case Operator::equal:
        case Operator::not_equal: out = Type::boolean(); return comparable(a, b);
        case Operator::in: out = Type::boolean(); return in_type(a, b);
        default: out = Type::boolean(); return comparable(a, b) && ordered(a) && ordered(b);
    }
}

}  // namespace flowrun::expr
