// What an evaluation takes from the heap: nothing, unless it makes new text, lists or maps; those come from the arena,
// which keeps its memory.

// A sanitizer has an operator new of its own: there is nothing to count there.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "evaluated.hh"

namespace {

thread_local std::uint64_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* at = std::malloc(size)) return at;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

using namespace flowrun;
using namespace flowrun::expr;

namespace {

std::uint64_t allocations_of(const char* text, const char* message) {
    Scope scope;
    const Slot slot = scope.add("msg", Type::dyn());
    const auto program = Program::compile(text, scope);
    REQUIRE(program);
    const auto document = *value::parse(message);
    Frame frame(scope);
    Arena arena;
    frame.set(slot, Value::from(*document));
    bool good = true;
    std::uint64_t before = 0;
    for (int turn = 0; turn < 10; ++turn) {
        if (turn == 1) before = allocations;  // the first may warm the arena
        arena.reset();
        good = good && program->evaluate(frame, arena).has_value();
    }
    const std::uint64_t taken = allocations - before;
    CHECK(good);
    return taken;
}

}  // namespace

TEST_CASE("an evaluation takes nothing from the heap once it is warm") {
    const char* order =
        R"({"status":"paid","total":120.5,"name":"Žofie","items":[{"sku":"a","price":12},{"sku":"b","price":30}]})";
    for (const char* text :
         {"msg.status == 'paid' && msg.total > 100", "msg.total * 2 - 1 >= msg.items[0].price",
          "msg.items.exists(i, i.price > 20) || msg.status in ['open', 'paid']", "has(msg.none) ? 1 : msg.items.size()",
          "msg.items.map(i, i.price * 2)", "{'id': msg.status + '!', 'n': msg.?none.orValue(3)}",
          "msg.name.startsWith('Ž') && !msg.name.endsWith('x')", "msg.items.filter(i, i.price > 20).size() == 1"}) {
        INFO(text);
        CHECK(allocations_of(text, order) == 0);
    }
}

TEST_CASE("the count of allocations counts") {
    const std::uint64_t before = allocations;
    const auto held = std::make_unique<std::string>(1000, 'x');
    CHECK(allocations >= before + 2);
    CHECK(held->size() == 1000);
}

#endif
