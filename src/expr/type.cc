#include "expr/type.hh"

#include <algorithm>

namespace flowrun::expr {

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::error: return "error";
        case Kind::absent: return "nothing";
        case Kind::null: return "null_type";
        case Kind::boolean: return "bool";
        case Kind::integer: return "int";
        case Kind::unsigned_: return "uint";
        case Kind::real: return "double";
        case Kind::number: return "number";
        case Kind::string: return "string";
        case Kind::bytes: return "bytes";
        case Kind::list: return "list";
        case Kind::map: return "map";
        case Kind::timestamp: return "google.protobuf.Timestamp";
        case Kind::duration: return "google.protobuf.Duration";
        case Kind::type: return "type";
        case Kind::optional: return "optional_type";
        case Kind::secret: return "secret";
    }
    return "";
}

std::string Type::name() const {
    if (!known_) return "dyn";
    if (kind_ == Kind::timestamp) return "timestamp";
    if (kind_ == Kind::duration) return "duration";
    if (kind_ == Kind::null) return "null";
    std::string out(kind_ == Kind::optional ? "optional" : name_of(kind_));
    const bool said = std::any_of(parts_.begin(), parts_.end(), [](const Type& part) { return !part.is_dyn(); });
    if (!said) return out;
    out += '(';
    for (const Type& part : parts_) {
        if (&part != &parts_.front()) out += ", ";
        out += part.name();
    }
    return out + ')';
}

bool Type::agree(const Type& a, const Type& b) {
    if (a.is_dyn() || b.is_dyn()) return true;
    if (a.kind_ != b.kind_) return false;
    return agree(a.part(0), b.part(0)) && agree(a.part(1), b.part(1));
}

Type Type::join(const Type& a, const Type& b) {
    if (a == b) return a;
    if (a.is_dyn() || b.is_dyn() || a.kind_ != b.kind_) return {};
    Type out(a.kind_);
    for (std::size_t i = 0; i < a.parts_.size(); ++i) out.parts_.push_back(join(a.part(i), b.part(i)));
    return out;
}

}  // namespace flowrun::expr
