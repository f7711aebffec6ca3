#include "encoder.hh"

#include <cstdint>

namespace flowrun::formats {
namespace {

using namespace sdk;

class Ndjson final : public Encoder {
public:
    void encode(Value value, std::string& out) override {
        append_json(value, out);
        out.push_back('\n');
    }
};

class Json final : public Encoder {
public:
    void encode(Value value, std::string& out) override {
        out.append(count_ == 0 ? "[\n" : ",\n");
        append_json(value, out);
        ++count_;
    }
    void forget() override { --count_; }
    void end(std::string& out) override { out.append(count_ == 0 ? "[]\n" : "\n]\n"); }

private:
    std::uint64_t count_ = 0;
};

class Text final : public Encoder {
public:
    explicit Text(bool line_end) : line_end_(line_end) {}
    void encode(Value value, std::string& out) override {
        if (const auto text = value.text()) out.append(*text);
        else append_json(value, out);
        if (line_end_) out.push_back('\n');
    }

private:
    bool line_end_;
};

}  // namespace

void append_json(Value value, std::string& out) {
    value.write_json([&out](std::string_view piece) { out.append(piece); });
}

std::unique_ptr<Encoder> ndjson_encoder() { return std::make_unique<Ndjson>(); }
std::unique_ptr<Encoder> json_encoder() { return std::make_unique<Json>(); }
std::unique_ptr<Encoder> lines_encoder() { return std::make_unique<Text>(true); }
std::unique_ptr<Encoder> raw_encoder() { return std::make_unique<Text>(false); }

}  // namespace flowrun::formats
