// CSV on stdin, one thread: by hand on the reader of plugins/formats. Each row is taken apart, the paid sales of 10000
// and more are kept, and {id, country, total} is written: the limit for a flow that does the same. Columns stand where
// flows/data/make-sales puts them; rows with fewer are left out.
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "bench.hh"
#include "formats/csv.hh"
#include "formats/framing.hh"

namespace {

using namespace flowrun::formats;

constexpr std::size_t columns = 9, id = 0, status = 2, country = 3, quantity = 6, cents = 7;

long number(std::string_view text) {
    long n = 0;
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n;
}

class Sales {
public:
    void row(std::string_view text) {
        std::size_t offset = 0;
        if (fields_.parse(text, ',', offset) != nullptr || fields_.fields().size() != columns) return;
        const auto& fields = fields_.fields();
        if (fields[status].text != "paid") return;
        const long total = number(fields[quantity].text) * number(fields[cents].text);
        if (total < 10000) return;
        out_ += "{\"id\":";
        out_ += fields[id].text;
        out_ += ",\"country\":\"";
        out_ += fields[country].text;
        out_ += "\",\"total\":";
        out_ += std::to_string(total);
        out_ += "}\n";
        if (out_.size() > (1 << 16)) flush();
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
    CsvRow fields_;
    std::string out_;
};

}  // namespace

int main() {
    const double begun = bench::now();
    const auto framing = csv_framing(',');
    Sales sales;
    std::vector<char> block(1 << 20);
    std::size_t held = 0;
    double total = 0;
    for (bool last = false; !last;) {
        if (held == block.size()) block.resize(2 * block.size());
        const ssize_t n = read(0, block.data() + held, block.size() - held);
        last = n <= 0;
        if (!last) held += static_cast<std::size_t>(n), total += static_cast<double>(n);
        std::string_view left(block.data(), held);
        for (Cut cut; (cut = framing->cut(left, last)).what == Cut::record; left.remove_prefix(cut.next)) {
            sales.row(left.substr(cut.begin, cut.end - cut.begin));
        }
        held = left.size();
        std::memmove(block.data(), left.data(), held);
    }
    sales.flush();
    bench::report(total, bench::now() - begun);
}
