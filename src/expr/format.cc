// string.format: %s %d %f %e %x %X %o %b and %%.

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "expr/collection.hh"
#include "expr/function.hh"
#include "expr/text_form.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

constexpr int most_precision = 100;

// Bytes as text; what is no UTF-8 becomes one replacement character for each run of it.
void append_bytes(std::string_view data, std::string& out) {
    while (!data.empty()) {
        std::size_t bad = 0;
        if (value::valid_utf8(data, &bad)) {
            out += data;
            return;
        }
        out += data.substr(0, bad);
        out += "\uFFFD";
        for (++bad; bad < data.size() && (static_cast<unsigned char>(data[bad]) & 0x80) != 0; ++bad) {
            std::size_t next = 0;
            if (value::valid_utf8(data.substr(bad), &next) || next > 0) break;
        }
        data.remove_prefix(bad);
    }
}

// One call of format.
class Formatter {
public:
    explicit Formatter(const Call& call) : call_(call), arguments_(call[1]) {}

    Value run() {
        const std::string_view text = call_.text(0);
        for (std::size_t at = 0; at < text.size();) {
            if (text[at] != '%') {
                out_ += text[at++];
                continue;
            }
            ++at;
            const Value failure = clause(text, at);
            if (failure.failed()) return failure;
            if (!call_.spend(1) || !call_.context.fits(out_.size())) return call_.limit();
        }
        return call_.string(out_);
    }

private:
    Value clause(std::string_view text, std::size_t& at) {
        if (at < text.size() && text[at] == '%') {
            out_ += text[at++];
            return {};
        }
        int precision = 6;
        if (at < text.size() && text[at] == '.') {
            const std::size_t digits = ++at;
            for (precision = 0; at < text.size() && text[at] >= '0' && text[at] <= '9' && precision <= most_precision;
                 ++at) {
                precision = precision * 10 + (text[at] - '0');
            }
            if (at == digits) return call_.fail("in a format, '.' is followed by a number of digits", call_[0]);
            if (precision > most_precision)
                return call_.fail(fmt::format("a format's precision is at most {}", most_precision), call_[0]);
        }
        if (at >= text.size()) return call_.fail("the format ends after '%'", call_[0]);
        const char how = text[at++];
        if (std::string_view("sdfexXob").find(how) == std::string_view::npos) {
            return call_.fail("after '%' stands one of s d f e x X o b %", call_[0]);
        }
        Value v;
        if (!arguments_.next(v)) return call_.fail("the format wants more values than there are", call_[1]);
        if (v.is(Kind::secret)) return call_.fail("a secret must be given with reveal(...)");
        switch (how) {
            case 's': return text_of(v);
            case 'd': return decimal(v);
            case 'f':
            case 'e': return real(v, how, precision);
            case 'o': return radix(v, "{:o}", how);
            case 'b': return v.is(Kind::boolean) ? put(v.b ? "1" : "0") : radix(v, "{:b}", how);
            default: return hex(v, how == 'X');
        }
    }

    Value put(std::string_view text) {
        out_ += text;
        return {};
    }

    Value wrong(const Value& v, char how) {
        return call_.fail(fmt::format("'%{}' does not take {}", how, name_of(v.kind)), v);
    }

    // Text of values inside one another is as deep as the values are.
    Value text_of(const Value& v) {
        if (!call_.spend(1) || !call_.context.fits(out_.size())) return call_.limit();
        if (v.is(Kind::bytes)) append_bytes(v.view(), out_);
        if (v.is(Kind::bytes) || append_text(v, out_)) return {};
        if (v.is(Kind::list)) return list(v);
        if (v.is(Kind::map)) return map(v);
        return wrong(v, 's');
    }

    Value list(const Value& v) {
        out_ += '[';
        Elements elements(v);
        bool first = true;
        for (Value element; elements.next(element); first = false) {
            if (!first) out_ += ", ";
            const Value failure = text_of(element);
            if (failure.failed()) return failure;
        }
        out_ += ']';
        return {};
    }

    // In the order of the keys' text.
    Value map(const Value& v) {
        const Map* map = entries_of(call_.context, v);
        if (map == nullptr) return call_.limit();
        std::vector<std::pair<std::string, const Value*>> entries;
        for (std::uint32_t i = 0; i < map->count; ++i) {
            entries.emplace_back(std::string(), &map->entries[2 * i + 1]);
            append_text(map->entries[2 * i], entries.back().first);
        }
        std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        out_ += '{';
        for (const auto& [key, held] : entries) {
            if (&key != &entries.front().first) out_ += ", ";
            out_ += key + ": ";
            const Value failure = text_of(*held);
            if (failure.failed()) return failure;
        }
        out_ += '}';
        return {};
    }

    Value decimal(const Value& v) {
        if (!v.is_number()) return wrong(v, 'd');
        append_text(v, out_);
        return {};
    }

    Value real(const Value& v, char how, int precision) {
        if (!v.is_number()) return wrong(v, how);
        const double d = v.is(Kind::integer)     ? static_cast<double>(v.i)
                         : v.is(Kind::unsigned_) ? static_cast<double>(v.u)
                                                 : v.d;
        if (!std::isfinite(d)) return put(format_double(d));
        return put(how == 'f' ? fmt::format("{:.{}f}", d, precision) : fmt::format("{:.{}e}", d, precision));
    }

    Value radix(const Value& v, const char* form, char how) {
        if (v.is(Kind::integer)) return put(fmt::format(fmt::runtime(form), v.i));
        return v.is(Kind::unsigned_) ? put(fmt::format(fmt::runtime(form), v.u)) : wrong(v, how);
    }

    Value hex(const Value& v, bool upper) {
        if (!v.is(Kind::string) && !v.is(Kind::bytes)) return upper ? radix(v, "{:X}", 'X') : radix(v, "{:x}", 'x');
        if (!call_.context.fits(out_.size() + 2 * std::size_t{v.size})) return call_.limit();
        const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
        for (const char c : v.view()) {
            out_ += digits[static_cast<unsigned char>(c) >> 4];
            out_ += digits[static_cast<unsigned char>(c) & 15];
        }
        return {};
    }

    const Call& call_;
    Elements arguments_;
    std::string out_;
};

Value format(const Call& c) { return Formatter(c).run(); }

constexpr Function functions[] = {
    {"string:format(list) -> string", format},
};

}  // namespace

std::span<const Function> format_functions() { return functions; }

}  // namespace flowrun::expr
