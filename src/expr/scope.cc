#include "expr/scope.hh"

#include <algorithm>
#include <cassert>

namespace flowrun::expr {

Slot Scope::add(std::string name, Type type) {
    const Slot slot = next_;
    add_at(slot, std::move(name), std::move(type));
    return slot;
}

void Scope::add_at(Slot slot, std::string name, Type type) {
    assert(variable(name) == nullptr);
    variables_.push_back({std::move(name), std::move(type), slot});
    reserve(slot + 1);
}

Scope::Record& Scope::record(std::string name, std::string remedy) {
    records_.push_back({std::move(name), {}, std::move(remedy)});
    return records_.back();
}

Slot Scope::member(Record& record, std::string name, Type type) {
    const Slot slot = next_++;
    member_at(record, slot, std::move(name), std::move(type));
    return slot;
}

void Scope::member_at(Record& record, Slot slot, std::string name, Type type) {
    record.members.push_back({std::move(name), std::move(type), slot});
}

const Scope::Variable* Scope::variable(std::string_view name) const {
    const auto found =
        std::find_if(variables_.begin(), variables_.end(), [&](const Variable& v) { return v.name == name; });
    return found == variables_.end() ? nullptr : &*found;
}

const Scope::Record* Scope::record_of(std::string_view name) const {
    const auto found = std::find_if(records_.begin(), records_.end(), [&](const Record& r) { return r.name == name; });
    return found == records_.end() ? nullptr : &*found;
}

}  // namespace flowrun::expr
