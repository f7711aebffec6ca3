// What lies in a durable queue, whatever has been done to it; and any value, put there. Bytes are a body or an error; a body that
// was read is the same when it is written and read again; a value comes back as it was.

#include <flowrun/ext/queue.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "queue/body.hh"
#include "value/builder.hh"
#include "value/json.hh"

using namespace flowrun;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

void must_come_back(const value::Node& body) {
    std::string kept;
    const std::uint32_t format = queue::write_body(body, kept);
    const auto again = queue::read_body(format, kept);
    must(again.has_value() && value::equal(**again, body));
    std::string twice;
    must(queue::write_body(**again, twice) == format && twice == kept);
}

// The input as a recipe: each byte says what comes next.
class Recipe {
public:
    explicit Recipe(std::string_view text) : text_(text) {}

    void value(value::Builder& make, unsigned depth) {
        const unsigned what = depth > 8 ? next() % 5 : next() % 8;
        switch (what) {
            case 0: make.null(); return;
            case 1: make.boolean((next() & 1U) != 0); return;
            case 2: make.integer(static_cast<std::int64_t>(next()) - 128); return;
            case 3: make.bytes(some()); return;
            case 4: text(make); return;
            case 5: make.real(static_cast<double>(next()) / 8); return;
            case 6:
                make.list();
                for (unsigned n = next() % 4; n > 0; --n) value(make, depth + 1);
                make.end();
                return;
            default: map(make, depth); return;
        }
    }

private:
    unsigned next() {
        if (text_.empty()) return 0;
        const auto byte = static_cast<unsigned char>(text_.front());
        text_.remove_prefix(1);
        return byte;
    }
    std::string_view some() {
        const std::string_view out = text_.substr(0, next() % 16);
        text_.remove_prefix(out.size());
        return out;
    }
    // Many begin as marked ones do.
    void text(value::Builder& make) {
        std::string out = (next() & 1U) != 0 ? "\x01" : "";
        out += some();
        if (!make.string(out)) make.bytes(out);
    }
    void map(value::Builder& make, unsigned depth) {
        make.map();
        for (unsigned n = next() % 4; n > 0; --n) {
            if (!make.key(std::to_string(n) + ((next() & 1U) != 0 ? "\x01" : ""))) std::abort();
            value(make, depth + 1);
        }
        make.end();
    }

    std::string_view text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto body = queue::read_body(data[0] % 5, bytes);
    if (body) must_come_back(**body);
    else must(!body.error().empty() && value::valid_utf8(body.error()));
    value::Builder make;
    Recipe(bytes).value(make, 0);
    if (const value::Node* made = make.finish()) must_come_back(*made);
    return 0;
}
