#include "base/secrets.hh"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/visible.hh"

namespace flowrun {

namespace {

std::string in_json(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    constexpr std::string_view named = "\n\t\r\b\f", names = "ntrbf";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (const std::size_t at = named.find(c); at != std::string_view::npos) out.append({'\\', names[at]});
        else if (byte < 0x20) out.append("\\u00").append({digits[byte >> 4U], digits[byte & 15U]});
        else if (c == '"' || c == '\\') out.append({'\\', c});
        else out.push_back(c);
    }
    return out;
}

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// `plain`: what stands for itself beside letters and digits.
std::string in_url(std::string_view text, std::string_view plain, bool space_is_plus, const char* digits) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_letter_or_digit(c) || plain.find(c) != std::string_view::npos) out.push_back(c);
        else if (c == ' ' && space_is_plus) out.push_back('+');
        else out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
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
    const auto shorter = [&](const Form& other) { return other.text.size() < form.text.size(); };
    const auto place = std::find_if(forms_.begin(), forms_.end(), shorter);
    forms_.insert(place, std::move(form));
}

void Secrets::add_forms(std::string_view secret) {
    constexpr const char *upper = "0123456789ABCDEF", *lower = "0123456789abcdef";
    constexpr std::string_view of_paths = "-._~", of_scripts = "-._~!'()*", of_forms = "-._*";
    for (const std::string& form : {in_json(secret), std::string(secret)}) {
        add_form({form});
        add_form({visible(form)});
    }
    for (const char* digits : {upper, lower}) {
        add_form({in_url(secret, of_paths, false, digits)});
        add_form({in_url(secret, of_scripts, false, digits)});
        add_form({in_url(secret, of_forms, true, digits)});
    }
    for (const std::string_view last_two : {"+/", "-_"}) {
        add_form({in_base64(secret, last_two)});
        for (const std::size_t before : {0U, 1U, 2U}) add_form({within_base64(secret, before, last_two), true});
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

std::string Secrets::masked(std::string_view text) const {
    const auto of_base64 = [](char c) { return is_letter_or_digit(c) || c == '+' || c == '/' || c == '-' || c == '_'; };
    std::string out(text);
    for (const Form& form : forms_) {
        for (std::size_t at = out.find(form.text); at != std::string::npos; at = out.find(form.text, at)) {
            std::size_t end = at + form.text.size();
            if (form.within && at > 0 && of_base64(out[at - 1])) --at;
            if (form.within && end < out.size() && of_base64(out[end])) ++end;
            out.replace(at, end - at, "***");
            at += 3;
        }
    }
    return out;
}

}  // namespace flowrun
