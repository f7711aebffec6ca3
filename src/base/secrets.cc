#include "base/secrets.hh"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/visible.hh"

namespace flowrun {

namespace {

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string in_hex(std::string_view text, const char* digits) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out.append({digits[byte >> 4U], digits[byte & 15U]});
    }
    return out;
}

// Without what fills it up to a multiple of four.
std::string in_base64(std::string_view text, std::string_view last_two) {
    std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    alphabet += last_two;
    std::string out;
    unsigned bits = 0, count = 0;
    for (const char c : text) {
        bits = (bits << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
        for (count += 8; count >= 6; count -= 6) out.push_back(alphabet[bits >> (count - 6) & 63U]);
    }
    if (count > 0) out.push_back(alphabet[bits << (6 - count) & 63U]);
    return out;
}

// What of the encoding is the same whatever stands behind, when `before` bytes of a group of three stand before.
std::string within_base64(std::string_view text, std::size_t before, std::string_view last_two) {
    const std::string all = in_base64(std::string(before, '\0').append(text), last_two);
    const std::size_t first = (before * 8 + 5) / 6, end = (before + text.size()) * 8 / 6;
    return all.substr(first, end - first);
}

}  // namespace

Secrets& Secrets::of_process() {
    static Secrets only;
    return only;
}

void Secrets::add_form(Form form) {
    const auto known = [&](const Form& other) { return other.text == form.text; };
    if (form.text.size() < shortest || std::any_of(forms_.begin(), forms_.end(), known)) return;
    for (std::size_t c = 0; c < begins_.size(); ++c) {
        const char byte = static_cast<char>(c);
        begins_[c] = begins_[c] || (form.escaped ? form.escaped->begins_with(byte) : form.text.front() == byte);
    }
    const auto shorter = [&](const Form& other) { return other.text.size() < form.text.size(); };
    const auto place = std::find_if(forms_.begin(), forms_.end(), shorter);
    forms_.insert(place, std::move(form));
}

void Secrets::add_forms(std::string_view secret) {
    add_form({std::string(secret), Escaped(secret), false});
    add_form({visible(secret), {}, false});
    for (const char* digits : {"0123456789abcdef", "0123456789ABCDEF"}) add_form({in_hex(secret, digits), {}, false});
    for (const std::string_view last_two : {"+/", "-_"}) {
        add_form({in_base64(secret, last_two), {}, false});
        for (const std::size_t before : {0U, 1U, 2U}) add_form({within_base64(secret, before, last_two), {}, true});
    }
}

void Secrets::add(std::string_view secret) {
    if (secret.size() < shortest) return;
    add_forms(secret);
    for (std::string_view left = secret; left.find('\n') != std::string_view::npos || left.size() < secret.size();) {
        const std::string_view line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(line.size() + 1, left.size()));
        if (line.size() >= shortest_line) add_forms(line);
        if (left.empty()) break;
    }
}

// The form that begins there, the longest that does; nullptr: none.
const Secrets::Form* Secrets::at(std::string_view text, std::size_t at, std::size_t& end) const {
    if (!begins_[static_cast<unsigned char>(text[at])]) return nullptr;
    for (const Form& form : forms_) {
        end = form.escaped ? form.escaped->end_in(text, at)
                           : (text.substr(at).starts_with(form.text) ? at + form.text.size() : text.npos);
        if (end != text.npos) return &form;
    }
    return nullptr;
}

std::string Secrets::masked(std::string_view text) const {
    const auto of_base64 = [](char c) { return is_letter_or_digit(c) || c == '+' || c == '/' || c == '-' || c == '_'; };
    constexpr std::string_view mask = "***";
    std::string out;
    for (std::size_t here = 0; here < text.size();) {
        std::size_t end = 0;
        const Form* const found = at(text, here, end);
        if (found == nullptr) {
            out.push_back(text[here++]);
            continue;
        }
        if (found->within && !out.empty() && of_base64(out.back())) out.pop_back();
        // Another may begin within this one and end behind it.
        for (bool within = found->within; here < end; ++here) {
            std::size_t later = 0;
            if (const Form* const other = at(text, here, later); other != nullptr && later >= end) {
                end = later;
                within = other->within;
            }
            if (here + 1 == end && within && end < text.size() && of_base64(text[end])) ++end, within = false;
        }
        out.append(mask);
    }
    return out;
}

}  // namespace flowrun
