#pragma once
// The type of an expression as far as it is known before it runs. `dyn` is what is not known.

#include <memory>
#include <string>
#include <vector>

#include "expr/value.hh"

namespace flowrun::expr {

class Type {
public:
    Type() : kind_(Kind::absent), known_(false) {}  // dyn
    explicit Type(Kind kind) : kind_(kind), known_(true) {}
    static Type dyn() { return {}; }
    static Type null() { return Type(Kind::null); }
    static Type boolean() { return Type(Kind::boolean); }
    static Type integer() { return Type(Kind::integer); }
    static Type unsigned_() { return Type(Kind::unsigned_); }
    static Type real() { return Type(Kind::real); }
    static Type string() { return Type(Kind::string); }
    static Type bytes() { return Type(Kind::bytes); }
    static Type timestamp() { return Type(Kind::timestamp); }
    static Type duration() { return Type(Kind::duration); }
    static Type type() { return Type(Kind::type); }
    static Type secret() { return Type(Kind::secret); }
    static Type list(Type element = {}) { return Type(Kind::list).with(std::move(element)); }
    static Type map(Type key = {}, Type value = {}) {
        return Type(Kind::map).with(std::move(key)).with(std::move(value));
    }
    static Type optional(Type held = {}) { return Type(Kind::optional).with(std::move(held)); }

    bool is_dyn() const { return !known_; }
    bool is(Kind kind) const { return known_ && kind_ == kind; }
    bool is_number() const { return known_ && kind_ >= Kind::integer && kind_ <= Kind::real; }
    Kind kind() const { return kind_; }

    // Of a list or optional: 0 its element; of a map: 0 key, 1 value. dyn when not said.
    Type part(std::size_t index) const { return index < parts_.size() ? parts_[index] : Type{}; }

    // "int", "list(string)", "map(string, dyn)"; what users see.
    std::string name() const;

    // Whether a value of the one may stand where the other is wanted; dyn agrees with all, so does null with nothing
    // but null.
    static bool agree(const Type& a, const Type& b);
    // The type of a value that is of either type.
    static Type join(const Type& a, const Type& b);

    bool operator==(const Type&) const = default;

private:
    Type with(Type part) && {
        parts_.push_back(std::move(part));
        return std::move(*this);
    }

    Kind kind_;
    bool known_;
    std::vector<Type> parts_;
};

}  // namespace flowrun::expr
