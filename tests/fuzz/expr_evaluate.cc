// Any expression, evaluated over one message within tight limits; whatever it gives is written in every form there is.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "expr/convert.hh"
#include "expr/describe.hh"
#include "expr/explain.hh"
#include "expr/flow_scope.hh"
#include "expr/program.hh"
#include "expr/typed.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::expr;

namespace {

struct Fixed final : Surroundings {
    std::int64_t now() override { return 1'700'000'000'000'000'000; }
    std::uint64_t random() override { return 4; }
};

struct World {
    World() : scope(retry_scope(names)), frame(scope) {
        frame.surroundings = &fixed;
        frame.limits = {.steps = 20'000, .memory = 1u << 20};
        frame.set(slot_msg, Value::from(*message));
        frame.set(slot_meta_id, Value::string("m"));
        frame.set(slot_meta_time, Value::timestamp(1'700'000'000, 5));
        frame.set(slot_error_retry_after, Value::duration(5));
        frame.set(names.param(0), Value::secret("hush-hush"));
    }
    FlowNames names{{{"k", Type::secret()}}, {"USER"}};
    value::Value message = *value::parse(
        R"({"i":1,"n":-5,"u":18446744073709551615,"d":1.5,"big":1e999,"s":"aží","e":"","z":null,"t":true,"a":[1,2,"x",[3]],"m":{"k":"v","k":"w"},"at":"2026-01-31T08:00:00Z"})");
    Scope scope;
    Frame frame;
    Fixed fixed;
};

// A secret shows nowhere but where it is revealed; or where the expression says the same word itself.
void silent(std::string_view shown, std::string_view text) {
    if (text.find("reveal") != std::string_view::npos || text.find("hush") != std::string_view::npos) return;
    if (shown.find("hush-hush") != std::string_view::npos) std::abort();
}

void write_all(const Value& v, std::string_view text) {
    silent(to_display(v, 4000), text);
    if (!writable(v) || to_display(v, 20'000).size() > 20'000) return;
    std::string typed;
    write_typed(v, typed);
    silent(typed, text);
    if (!value::parse(typed)) std::abort();
    value::Builder builder;
    if (!build(v, builder, Secrets::mask)) return;
    const value::Node* node = builder.finish();
    if (node == nullptr) return;  // deeper than JSON may be
    const std::string json = value::to_json(*node);
    silent(json, text);
    if (!value::parse(json)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static World world;
    if (size > 4096) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto program = Program::compile(text, world.scope, {}, Checking::lenient);
    if (!program) return 0;
    Arena arena;
    const auto v = program->evaluate(world.frame, arena);
    if (v) {
        write_all(*v, text);
    } else {
        if (v.error().message.empty() || std::size_t{v.error().offset} + v.error().length > size) std::abort();
        silent(describe(v.error(), text), text);
    }
    if (size < 200) {
        const auto step = explain(text, world.scope, world.frame);
        if (!step) std::abort();
        silent(to_text(*step, text), text);
    }
    return 0;
}
