#pragma once
// JSON (RFC 8259) as servers answer with it.
//
// Promises: what is no JSON, or deeper than 64, is told and never crashes. Not promised: numbers beyond 64 bits, or fractions:
// they are cut to a whole number.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowrun::broker {

class Json {
public:
    enum class Kind : std::uint8_t { null, boolean, number, text, list, object };

    // None: it is no JSON.
    static std::optional<Json> parse(std::string_view text);

    Kind kind() const { return kind_; }
    bool is_object() const { return kind_ == Kind::object; }
    // A member of an object; where there is none, or this is no object, a null.
    const Json& operator[](std::string_view name) const;
    bool has(std::string_view name) const { return (*this)[name].kind_ != Kind::null; }
    // Each empty where it is of another kind.
    std::int64_t whole() const { return kind_ == Kind::number || kind_ == Kind::boolean ? number_ : 0; }
    std::uint64_t count() const { return number_ > 0 ? static_cast<std::uint64_t>(whole()) : 0; }
    bool is_true() const { return kind_ == Kind::boolean && number_ != 0; }
    const std::string& text() const { return text_; }
    const std::vector<Json>& items() const { return items_; }
    const std::vector<std::pair<std::string, Json>>& members() const { return members_; }

private:
    class Parser;

    Kind kind_ = Kind::null;
    std::int64_t number_ = 0;
    std::string text_;
    std::vector<Json> items_;
    std::vector<std::pair<std::string, Json>> members_;
};

// A string of JSON, with its quotes. What is not UTF-8 is passed on as it is.
std::string json_text(std::string_view text);

}  // namespace flowrun::broker
