#pragma once
// A request as it comes in: its line, its headers, its body, taken out of the bytes by Beast's parser.

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coding.hh"

namespace flowrun::http {

class Inbound final : public boost::beast::http::basic_parser<true> {
public:
    struct Field {
        std::string name;  // lower case
        std::string value;
    };
    static constexpr std::size_t most_fields = 128;

    Inbound(std::uint32_t most_header, std::uint64_t most_body);

    int version() const { return version_; }  // 10 or 11; 0: not known yet
    const std::string& method() const { return method_; }
    const std::string& target() const { return target_; }
    const std::vector<Field>& fields() const { return fields_; }
    const std::string& body() const { return body_; }
    // Takes off what Content-Encoding says, which must be understood. The body is to be whole.
    Undecoded decode(std::uint64_t most);
    bool decoded() const { return decoded_; }
    void drop_body() { std::string().swap(body_); }
    // Empty when it is not there.
    std::string_view field(std::string_view name) const;
    bool has(std::string_view name) const;
    // A transfer coding other than chunked alone.
    bool coded() const { return coded_; }

private:
    using Code = boost::beast::error_code;
    using View = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, View method, View target, int version, Code&) override;
    void on_response_impl(int, View, int, Code&) override {}
    void on_field_impl(boost::beast::http::field, View name, View value, Code&) override;
    void on_header_impl(Code&) override { in_header_ = false; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code&) override;
    std::size_t on_body_impl(View part, Code&) override;
    void on_chunk_header_impl(std::uint64_t, View, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View part, Code& ec) override { return on_body_impl(part, ec); }
    void on_finish_impl(Code&) override {}

    std::string method_, target_, body_;
    std::vector<Field> fields_;
    int version_ = 0;
    bool in_header_ = true;  // what comes after the body is a trailer, which nobody asked for
    bool coded_ = false, decoded_ = false;
};

}  // namespace flowrun::http
