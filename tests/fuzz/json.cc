// The first byte says what the rest is: a JSON text, a path, calls to a builder, or bytes to be written as a string. Of
// a JSON text the plain second reader (unit/value/oracle.hh) must say the same, and it must survive copying, writing,
// building and being read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "../unit/value/oracle.hh"
#include "value/builder.hh"
#include "value/json.hh"
#include "value/path.hh"
#include "value/value.hh"

using namespace flowrun::value;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

void read_numbers(const Node& n) {
    for (const Node* at = &n; at != n.next(); ++at) {
        if (!at->is_number()) continue;
        must(at->as_int().has_value() == at->is(Kind::integer));
        must(at->as_double().has_value() == !at->is(Kind::number));
        if (at->is(Kind::unsigned_)) must(at->as_uint().has_value());
    }
}

void json(std::string_view text) {
    static Reader reader;
    const auto read = reader.read(text);
    const auto expected = oracle::Text(text).read();
    must(read.has_value() == expected.has_value());
    if (!read) {
        must(read.error().offset <= text.size() && *read.error().message != '\0');
        return;
    }
    must(oracle::describe(**read) == *expected);
    read_numbers(**read);

    const Value copy = Value::copy(**read);
    must(oracle::describe(*copy) == *expected);
    must(copy.footprint() == footprint_of(**read));
    must(equal(*copy, **read));

    const std::string written = to_json(*copy);
    must(written.find_first_of("\r\n") == written.npos);
    const auto again = parse(written);
    must(again && equal(**again, *copy) && to_json(**again) == written);

    Builder builder;
    builder.list();
    for (const Node& n : elements(*copy)) builder.value(n);
    for (const auto [key, value] : entries(*copy)) builder.value(value);
    must(builder.json(text).has_value() || copy->height == max_depth);
    builder.end();
    if (const Node* root = builder.finish()) {
        const Value kept = Value::keep(*root);
        must(equal(*kept, *root));
        must(parse(to_json(*kept)).has_value());
    } else {
        must(copy->height == max_depth);
    }
}

void path(std::string_view text) {
    static const Value root = parse(R"({"a":{"b":[1,{"c":2}]},"":[[0]]})").value();
    if (const auto prepared = Path::parse(text)) prepared->get(*root);
}

void string(std::string_view bytes) {
    std::string out = "x";
    write_string(bytes, out);
    const auto read = parse(std::string_view(out).substr(1));
    must(read.has_value() == valid_utf8(bytes));
    if (read) must((*read)->as_string() == bytes);
}

// Each byte is a call; what it needs is taken from the bytes behind it.
void build(std::string_view calls) {
    Builder b;
    const auto take = [&calls](std::size_t most) {
        const std::string_view taken = calls.substr(0, most);
        calls.remove_prefix(taken.size());
        return taken;
    };
    const auto word = [&take] {
        std::uint64_t v = 0;
        const auto bytes = take(sizeof v);
        std::memcpy(&v, bytes.data(), bytes.size());
        return v;
    };
    while (!calls.empty()) {
        const auto call = static_cast<unsigned char>(take(1)[0]);
        const std::size_t size = call / 16;
        switch (call % 16) {
            case 0: b.null(); break;
            case 1: b.boolean(size > 7); break;
            case 2: b.integer(static_cast<std::int64_t>(word())); break;
            case 3: b.unsigned_(word()); break;
            case 4: {
                const std::uint64_t bits = word();
                double d;
                std::memcpy(&d, &bits, sizeof d);
                b.real(d);
                break;
            }
            case 5: b.string(take(size)); break;
            case 6: b.bytes(take(size)); break;
            case 7: b.list(); break;
            case 8: b.map(); break;
            case 9: b.key(take(size)); break;
            case 10: b.end(); break;
            case 11: (void)b.json(take(size)); break;
            case 12: b.clear(); break;
            default: {
                const Node* root = b.finish();
                if (root == nullptr) break;
                const Value kept = Value::keep(*root);
                must(equal(*kept, *root));
                must(parse(to_json(*kept)).has_value());
                if (size > 7) b.value(*kept);
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // In memory of its own and just as long, so that a read beyond either end is seen.
    const std::unique_ptr<char[]> exact(new char[size - 1]);
    std::memcpy(exact.get(), data + 1, size - 1);
    const std::string_view rest(exact.get(), size - 1);
    switch (data[0] % 8) {
        case 0: path(rest); break;
        case 1: string(rest); break;
        case 2: build(rest); break;
        default: json(rest);
    }
    return 0;
}
