// P3, NDJSON on stdin, one thread:
//   p3 lines    finds the lines and does nothing with them
//   p3 reader   by hand on the runner's own reader: whole validation of each record, keeps the paid orders above 100,
//               writes {id, country, total}: the limit for a flow that does the same
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bench.hh"
#include "value/json.hh"

namespace {

using namespace flowrun::value;

// Calls `each` with every line on descriptor 0; returns the bytes read.
template <class Each>
double for_each_line(Each each) {
    std::vector<char> block(1 << 20);
    std::size_t held = 0;
    double total = 0;
    while (true) {
        if (held == block.size()) block.resize(2 * block.size());
        const ssize_t n = read(0, block.data() + held, block.size() - held);
        if (n <= 0) break;
        total += static_cast<double>(n);
        const char* from = block.data();
        const char* const end = block.data() + held + n;
        while (const void* found = std::memchr(from, '\n', static_cast<std::size_t>(end - from))) {
            const char* const stop = static_cast<const char*>(found);
            each(std::string_view(from, static_cast<std::size_t>(stop - from)));
            from = stop + 1;
        }
        held = static_cast<std::size_t>(end - from);
        std::memmove(block.data(), from, held);
    }
    if (held != 0) each(std::string_view(block.data(), held));
    return total;
}

class Filter {
public:
    bool line(std::string_view text) {
        const auto read = reader_.read(text);
        if (!read) return false;
        const Node& order = **read;
        const Node* const status = order.member("status");
        const Node* const total = order.member("total");
        if (status == nullptr || total == nullptr || status->as_string() != "paid") return true;
        if (total->as_double().value_or(0) <= 100) return true;
        const Node* const customer = order.member("customer");
        out_ += "{\"id\":";
        value(order.member("id"));
        out_ += ",\"country\":";
        value(customer == nullptr ? nullptr : customer->member("country"));
        out_ += ",\"total\":";
        value(total);
        out_ += "}\n";
        if (out_.size() > (1 << 16)) flush();
        return true;
    }
    void flush() {
        for (std::string_view left = out_; !left.empty();) {
            const ssize_t n = ::write(1, left.data(), left.size());
            if (n <= 0) break;
            left.remove_prefix(static_cast<std::size_t>(n));
        }
        out_.clear();
    }

private:
    void value(const Node* node) {
        if (node == nullptr) {
            out_ += "null";
        } else {
            write(*node, out_);
        }
    }
    Reader reader_;
    std::string out_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 64;
    const double start = bench::now();
    double bytes = 0;
    if (argv[1] == std::string_view("lines")) {
        std::size_t lines = 0;
        bytes = for_each_line([&lines](std::string_view) { ++lines; });
        std::fprintf(stderr, "%zu lines\n", lines);
    } else {
        Filter filter;
        bool good = true;
        bytes = for_each_line([&](std::string_view line) { good = filter.line(line) && good; });
        filter.flush();
        if (!good) return 1;
    }
    bench::report(bytes, bench::now() - start);
}
