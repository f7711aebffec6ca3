#pragma once
// A value with expressions in its leaves: what stands under `map:` or in a component's settings. The caller builds it
// from its own tree, giving each leaf a mark by which it finds the leaf's place again when it fails. Immutable after
// that; evaluated from many threads.
//
// A leaf that is one path into the message passes on what stands there as it was read: 1.50 stays 1.50.
// A leaf in a list or map whose value is an empty optional is left out, with its key.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "expr/convert.hh"
#include "expr/text.hh"
#include "value/builder.hh"
#include "value/value.hh"

namespace flowrun::expr {

class ValueTemplate {
public:
    static ValueTemplate constant(value::Value value);
    static ValueTemplate text(Text text, std::uint32_t mark);
    static ValueTemplate program(Program program, std::uint32_t mark);
    static ValueTemplate list();
    static ValueTemplate map();

    // The leaf stands where a secret belongs: it is written plainly, whatever build() is told.
    void take_secrets() { takes_secrets_ = true; }

    void add(ValueTemplate element);                   // of a list
    void add(std::string key, ValueTemplate element);  // of a map; keys are given once each

    // Whether it is one value, not a list or map of templates: then value() gives it without building.
    bool is_leaf() const;
    std::expected<Value, Failure> value(const Frame& frame, Arena& arena) const;

    // Of a leaf that is one condition: Program::truth, without `result` for what is no failure.
    Truth truth(const Frame& frame, Arena& arena, std::expected<Value, Failure>& result) const;

    // Builds one whole value, or fails with the leaf's mark and leaves `out` to be cleared.
    std::expected<void, Failure> build(const Frame& frame, Arena& arena, value::Builder& out,
                                       Secrets secrets = Secrets::refuse) const;

    bool uses(Slot slot) const { return slot < few ? ((few_slots_ >> slot) & 1) != 0 : uses_rare(slot); }
    // Whether it uses any of the slots from `first` to `last`, which are among the first 32.
    bool uses_any(Slot first, Slot last) const {
        return (few_slots_ & ((std::uint64_t{2} << last) - (std::uint64_t{1} << first))) != 0;
    }
    bool constant() const;

private:
    struct Leaf {
        value::Value fixed;
        std::unique_ptr<Text> text;
        std::unique_ptr<Program> program;
    };
    struct Key {
        std::string text;
        bool plain;  // value::is_plain
    };
    enum class Form : std::uint8_t { leaf, list, map };

    static constexpr Slot few = 32;

    // What a leaf passes on as it was read; nullptr: its value must be made.
    const value::Node* found(const Frame& frame) const;
    bool uses_rare(Slot slot) const;
    void note_slots();
    std::expected<void, Failure> build_parts(const Frame& frame, Arena& arena, value::Builder& out,
                                             Secrets secrets) const;
    std::expected<void, Failure> put(const Value& v, Arena& arena, value::Builder& out, Secrets secrets) const;

    Form form_ = Form::leaf;
    bool takes_secrets_ = false;
    std::uint32_t mark_ = 0;
    std::uint32_t few_slots_ =
        0;  // a bit for each of the first slots that it uses: they are asked for at every message
    Leaf leaf_;
    std::vector<Key> keys_;
    std::vector<ValueTemplate> parts_;
};

}  // namespace flowrun::expr
