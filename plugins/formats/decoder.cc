#include "decoder.hh"

namespace flowrun::formats {
namespace {

using namespace sdk;

class Json final : public Decoder {
public:
    explicit Json(const flowrun_values* values) : reader_(values) {}
    Result decode(std::string_view text) override {
        if (const Value value = reader_.read(text)) return {.what = Result::value, .made = value};
        if (text.find_first_not_of(" \t\r\n") == text.npos) return {};
        return {.what = Result::bad, .offset = reader_.error_offset(), .problem = reader_.error()};
    }

private:
    Reader reader_;
};

class Text final : public Decoder {
public:
    explicit Text(const flowrun_values* values) : builder_(values) {}
    Result decode(std::string_view text) override {
        return {.what = Result::value, .made = builder_.string(text).finish()};
    }

private:
    Builder builder_;
};

}  // namespace

std::unique_ptr<Decoder> json_decoder(const flowrun_values* values) { return std::make_unique<Json>(values); }
std::unique_ptr<Decoder> text_decoder(const flowrun_values* values) { return std::make_unique<Text>(values); }

}  // namespace flowrun::formats
