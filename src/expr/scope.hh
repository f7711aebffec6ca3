#pragma once
// The names an expression may use, each with a slot (its place in a Frame) and a type. A record is a name with a closed
// set of members, each with a slot of its own: `meta.id` reads one slot, `meta` alone is a map of all members that have
// a value, and `meta.nope` is a mistake found before the expression runs.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "expr/type.hh"

namespace flowrun::expr {

using Slot = std::uint32_t;
inline constexpr Slot no_slot = 0xFFFFFFFF;

class Scope {
public:
    struct Variable {
        std::string name;  // may be dotted; the longest that fits wins
        Type type;
        Slot slot = no_slot;
    };
    struct Record {
        std::string name;
        std::vector<Variable> members;
        std::string remedy;  // said when a member is not known: where such a name would be declared
    };

    // Declares a variable in the next free slot, or in `slot`. Names must be new.
    Slot add(std::string name, Type type);
    void add_at(Slot slot, std::string name, Type type);
    // Declares a record; members are added in the same way. The reference stands until the next record is declared.
    Record& record(std::string name, std::string remedy = {});
    Slot member(Record& record, std::string name, Type type);
    static void member_at(Record& record, Slot slot, std::string name, Type type);

    const Variable* variable(std::string_view name) const;
    const Record* record_of(std::string_view name) const;
    const std::vector<Variable>& variables() const { return variables_; }
    const std::vector<Record>& records() const { return records_; }

    // Slots that a Frame for this scope has.
    Slot slots() const { return next_; }
    void reserve(Slot slots) { next_ = next_ < slots ? slots : next_; }

    // What is evaluated before a run has neither its clock nor its random numbers.
    bool before_run() const { return before_run_; }
    void set_before_run() { before_run_ = true; }

private:
    std::vector<Variable> variables_;
    std::vector<Record> records_;
    Slot next_ = 0;
    bool before_run_ = false;
};

}  // namespace flowrun::expr
