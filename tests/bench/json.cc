// What reading, copying and writing JSON costs: json read|copy|write [SECONDS] < FILE, one JSON text a line. Prints
// one line, `BENCH ops=BYTES secs=S`, on stderr; bytes are those of the lines, whatever was done, so that the three can
// be compared. `copy` makes a document of its own of each value and drops it. `write` writes values that have no text
// of lists and maps to copy. These two go over the first thousand lines only, as a value is mostly copied or written
// while it is still in the processor's cache.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "value/builder.hh"
#include "value/json.hh"

using namespace flowrun::value;

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string read_all(std::FILE* file) {
    std::string text;
    char block[1 << 16];
    while (const std::size_t n = std::fread(block, 1, sizeof block, file)) text.append(block, n);
    return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (end != 0) lines.push_back(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return lines;
}

// The same value without the text that it came from, so that writing has something to do.
void rebuild(const Node& node, Builder& out) {
    if (node.is(Kind::list)) {
        out.list();
        for (const Node& n : elements(node)) rebuild(n, out);
        out.end();
    } else if (node.is(Kind::map)) {
        out.map();
        for (const auto [key, value] : entries(node)) {
            out.key(key.bytes_view());
            rebuild(value, out);
        }
        out.end();
    } else {
        out.value(node);
    }
}

Value rebuilt(const Node& node) {
    Builder builder;
    rebuild(node, builder);
    return Value::keep(*builder.finish());
}

int usage() {
    std::fprintf(stderr, "json: usage: json read|copy|write [SECONDS] < FILE\n");
    return 64;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return usage();
    const std::string_view what = argv[1];
    const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 2;
    if (what != "read" && what != "copy" && what != "write") return usage();
    const std::string text = read_all(stdin);
    auto lines = lines_of(text);
    if (what != "read" && lines.size() > 1000) lines.resize(1000);
    double bytes = 0;
    for (const auto line : lines) bytes += static_cast<double>(line.size() + 1);

    Reader reader;
    std::vector<Value> values;
    for (const auto line : lines) {
        const auto read = reader.read(line);
        if (!read) {
            std::fprintf(stderr, "json: %s at byte %zu of: %.*s\n", read.error().message, read.error().offset,
                         static_cast<int>(line.size()), line.data());
            return 1;
        }
        if (what == "copy") values.push_back(Value::copy(**read));
        if (what == "write") values.push_back(rebuilt(**read));
    }

    std::string out;
    const auto pass = [&]() -> std::size_t {
        std::size_t sum = 0;  // of something from each result, so that none can be left out
        if (what == "read") {
            for (const auto line : lines) sum += (*reader.read(line))->span;
        } else if (what == "copy") {
            for (const Value& v : values) sum += Value::copy(*v)->span;
        } else {
            for (const Value& v : values) {
                out.clear();
                write(*v, out);
                sum += out.size();
            }
        }
        return sum;
    };
    double ops = 0;
    std::size_t sum = 0;
    const double begin = now();
    double took = 0;
    do {
        sum += pass();
        ops += bytes;
        took = now() - begin;
    } while (took < seconds);
    std::fprintf(stderr, "BENCH ops=%.0f secs=%.9f gigabytes_per_second=%.3f sum=%zu\n", ops, took, ops / took / 1e9,
                 sum);
}
