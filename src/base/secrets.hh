#pragma once
// The texts that the process is not to show, and the forms in which others show them: quoted or encoded character by
// character (escaped.hh), in hexadecimal, and in base64, also as a part of what was encoded.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/escaped.hh"

namespace flowrun {

class Secrets {
public:
    // What is shorter is not looked for: it would be found in half of all that is said.
    static constexpr std::size_t shortest = 4;
    // Lines of a secret of several are secrets too, from this length on.
    static constexpr std::size_t shortest_line = 8;

    // Of the process. Filled before there is more than one thread, and constant from then on.
    static Secrets& of_process();

    void add(std::string_view secret);
    bool any() const { return !forms_.empty(); }
    // `text`, with *** in place of each.
    std::string masked(std::string_view text) const;
    void mask(std::string& text) const {
        if (any()) text = masked(text);
    }

private:
    struct Form {
        std::string text;
        std::optional<Escaped> escaped;  // as it may stand; nothing: as it is only
        bool within = false;  // base64 of what stands within something larger: its neighbours hold some bits of it
    };
    void add_forms(std::string_view secret);
    void add_form(Form form);
    const Form* at(std::string_view text, std::size_t at, std::size_t& end) const;

    std::vector<Form> forms_;         // the longest first
    std::array<bool, 256> begins_{};  // by the first byte: whether one may begin there
};

}  // namespace flowrun
