#include "inbound.hh"

#include <algorithm>

#include <boost/beast/http/error.hpp>

#include "text.hh"

namespace flowrun::http {

Inbound::Inbound(std::uint32_t most_header, std::uint64_t most_body) {
    header_limit(most_header);
    body_limit(most_body);
    eager(true);
    fields_.reserve(8);
}

std::string_view Inbound::field(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == name; });
    return found == fields_.end() ? std::string_view() : std::string_view(found->value);
}

bool Inbound::has(std::string_view name) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == name; });
}

void Inbound::on_request_impl(boost::beast::http::verb, View method, View target, int version, Code&) {
    version_ = version;
    method_.assign(method.data(), method.size());
    target_.assign(target.data(), target.size());
}

void Inbound::on_field_impl(boost::beast::http::field field, View name, View value, Code& ec) {
    if (!in_header_) return;
    if (fields_.size() >= most_fields) {
        ec = boost::beast::http::error::header_limit;
        return;
    }
    if (field == boost::beast::http::field::transfer_encoding) {
        coded_ = coded_ || !same({value.data(), value.size()}, "chunked");
    }
    std::string lowered(name.size(), '\0');
    std::transform(name.begin(), name.end(), lowered.begin(), lower);
    // Fields of one name are one list. Cookies alone are joined by a semicolon.
    const auto before = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == lowered; });
    if (before != fields_.end()) {
        if (lowered == "host") ec = boost::beast::http::error::bad_field;
        before->value.append(lowered == "cookie" ? "; " : ", ").append(value.data(), value.size());
    } else {
        fields_.push_back({std::move(lowered), std::string(value.data(), value.size())});
    }
}

void Inbound::on_body_init_impl(const boost::optional<std::uint64_t>& length, Code&) {
    // Room for what is promised, but not for what a liar promises.
    constexpr std::uint64_t at_once = std::uint64_t{8} << 10;
    if (length) body_.reserve(static_cast<std::size_t>(std::min(*length, at_once)));
}

Undecoded Inbound::decode(std::uint64_t most) {
    const auto codings = codings_of(field("content-encoding"));
    if (!codings || codings->empty() || body_.empty()) return Undecoded::none;
    decoded_ = true;
    return http::decode(body_, *codings, most);
}

std::size_t Inbound::on_body_impl(View part, Code&) {
    body_.append(part.data(), part.size());
    return part.size();
}

}  // namespace flowrun::http
