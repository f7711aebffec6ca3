#include "expr/convert.hh"

#include <cmath>

#include <fmt/format.h>

#include "base/secrets.hh"
#include "expr/calendar.hh"
#include "expr/collection.hh"
#include "expr/text_form.hh"
#include "value/json.hh"

namespace flowrun::expr {
namespace {

using Done = std::expected<void, std::string>;

// Takes what the value costs from what is left; false: it was too little.
bool afford(const Value& v, std::uint64_t& left) {
    std::uint64_t cost = 8;
    if (v.is(Kind::string) || v.is(Kind::bytes) || v.is(Kind::secret)) cost += v.size;
    if (v.lazy()) cost += v.node->span + v.node->text_size;
    if (cost > left) return false;
    left -= cost;
    if (v.lazy()) return true;
    if (v.is(Kind::optional)) return v.items == nullptr || afford(*v.items, left);
    const std::uint64_t parts = v.is(Kind::list) ? v.size : v.is(Kind::map) ? 2ull * v.size : 0;
    const Value* part = v.is(Kind::map) ? v.map->entries : v.items;
    for (std::uint64_t i = 0; i < parts; ++i) {
        if (!afford(part[i], left)) return false;
    }
    return true;
}

Done build_any(const Value& v, value::Builder& out, Secrets secrets);

std::unexpected<std::string> refuse(std::string why) { return std::unexpected(std::move(why)); }

Done build_text(const Value& v, value::Builder& out) {
    std::string text;
    append_text(v, text);
    out.string(text);
    return {};
}

Done build_secret(const Value& v, value::Builder& out, Secrets secrets) {
    if (secrets == Secrets::refuse)
        return refuse("a secret cannot be put into a message; use reveal(...) if you mean to");
    out.string(secrets == Secrets::mask ? std::string_view("***") : v.view());
    return {};
}

Done build_list(const Value& v, value::Builder& out, Secrets secrets) {
    out.list();
    Elements elements(v);
    for (Value element; elements.next(element);) {
        if (auto done = build_any(element, out, secrets); !done) return done;
    }
    out.end();
    return {};
}

Done build_map(const Value& v, value::Builder& out, Secrets secrets) {
    out.map();
    for (std::uint32_t i = 0; i < v.size; ++i) {
        std::string key;
        append_text(v.map->entries[2 * i], key);
        out.key(key);
        if (auto done = build_any(v.map->entries[2 * i + 1], out, secrets); !done) return done;
    }
    out.end();
    return {};
}

Done build_any(const Value& v, value::Builder& out, Secrets secrets) {
    switch (v.kind) {
        case Kind::null: out.null(); return {};
        case Kind::boolean: out.boolean(v.b); return {};
        case Kind::integer: out.integer(v.i); return {};
        case Kind::unsigned_: out.unsigned_(v.u); return {};
        case Kind::real:
            if (!std::isfinite(v.d)) return refuse(fmt::format("{} cannot be written in JSON", format_double(v.d)));
            out.real(v.d);
            return {};
        case Kind::number: out.value(*v.node); return {};
        case Kind::string: out.string(v.view()); return {};
        case Kind::bytes: out.bytes(v.view()); return {};
        case Kind::list:
            if (!v.lazy()) return build_list(v, out, secrets);
            out.value(*v.node);
            return {};
        case Kind::map:
            if (!v.lazy()) return build_map(v, out, secrets);
            out.value(*v.node);
            return {};
        case Kind::timestamp:
        case Kind::duration:
        case Kind::type: return build_text(v, out);
        case Kind::optional:
            return v.items == nullptr ? build_any(Value::null(), out, secrets) : build_any(*v.items, out, secrets);
        case Kind::secret: return build_secret(v, out, secrets);
        case Kind::error:
        case Kind::absent: break;
    }
    return refuse(fmt::format("{} cannot be written in JSON", name_of(v.kind)));
}

// Writes as JSON until it is long enough.
class Display {
public:
    Display(std::string& out, std::size_t limit) : out_(out), limit_(limit) {}

    void write(const Value& v) {
        if (out_.size() > limit_) return;
        switch (v.kind) {
            case Kind::string: return text(v.view());
            case Kind::bytes: return bytes(v.view());
            case Kind::list: return list(v);
            case Kind::map: return map(v);
            case Kind::secret: out_ += "***"; return;
            case Kind::optional: return optional(v);
            case Kind::timestamp:
            case Kind::duration: {
                std::string form;
                append_text(v, form);
                return text(form);
            }
            case Kind::real:
                if (std::isfinite(v.d)) return value::write_double(v.d, out_);
                break;
            case Kind::error:
            case Kind::absent: out_ += name_of(v.kind); return;
            default: break;
        }
        append_text(v, out_);
    }

private:
    void text(std::string_view v) {
        std::size_t size = std::min(v.size(), limit_ + 1);
        while (size < v.size() && (static_cast<unsigned char>(v[size]) & 0xC0) == 0x80) ++size;
        value::write_string(v.substr(0, size), out_);
    }
    void bytes(std::string_view v) {
        out_ += "b\"";
        for (const char c : v.substr(0, limit_)) {
            const auto byte = static_cast<unsigned char>(c);
            if (byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\') {
                out_ += c;
            } else {
                out_ += fmt::format("\\x{:02x}", byte);
            }
        }
        out_ += '"';
    }
    void list(const Value& v) {
        out_ += '[';
        Elements elements(v);
        bool first = true;
        for (Value element; out_.size() <= limit_ && elements.next(element); first = false) {
            if (!first) out_ += ',';
            write(element);
        }
        out_ += ']';
    }
    void entry(const Value& key, const Value& held, bool first) {
        if (!first) out_ += ',';
        write(key);
        out_ += ':';
        write(held);
    }
    void map(const Value& v) {
        out_ += '{';
        bool first = true;
        if (v.lazy()) {
            for (const auto [key, held] : value::entries(*v.node)) {
                if (out_.size() > limit_) break;
                entry(Value::from(key), Value::from(held), first);
                first = false;
            }
        } else {
            for (std::uint32_t i = 0; i < v.size && out_.size() <= limit_; ++i) {
                entry(v.map->entries[2 * i], v.map->entries[2 * i + 1], i == 0);
            }
        }
        out_ += '}';
    }
    void optional(const Value& v) {
        if (v.items == nullptr) {
            out_ += "optional.none()";
            return;
        }
        out_ += "optional.of(";
        write(*v.items);
        out_ += ')';
    }

    std::string& out_;
    std::size_t limit_;
};

}  // namespace

bool writable(const Value& v) {
    std::uint64_t left = max_written;
    return afford(v, left);
}

std::expected<void, std::string> build(const Value& v, value::Builder& out, Secrets secrets) {
    if (!writable(v))
        return refuse(fmt::format("the value is larger than {} MiB when it is written", max_written >> 20));
    return build_any(v, out, secrets);
}

std::string to_display(const Value& v, std::size_t limit) {
    constexpr std::size_t more =
        1024;  // of what is cut off: a secret may stand across the cut, and is known as a whole only
    const flowrun::Secrets& secrets_of_process = flowrun::Secrets::of_process();
    std::string out;
    Display(out, secrets_of_process.any() ? limit + more : limit).write(v);
    secrets_of_process.mask(out);
    if (out.size() <= limit) return out;
    std::size_t size = limit;
    while (size > 0 && (static_cast<unsigned char>(out[size]) & 0xC0) == 0x80) --size;
    out.resize(size);
    return out + "…";
}

}  // namespace flowrun::expr
