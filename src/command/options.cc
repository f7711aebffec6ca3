#include "command/options.hh"

#include <algorithm>
#include <cstddef>

#include "flow/suggest.hh"

namespace flowrun::command {

namespace {

using Words_or = std::expected<Words, std::string>;

constexpr Option help_option = {"help", 'h', "", false, "print this and exit"};

const Option* by_name(std::span<const Option> options, std::string_view name) {
    if (name == help_option.name) return &help_option;
    const auto found = std::ranges::find(options, name, &Option::name);
    return found == options.end() ? nullptr : &*found;
}

const Option* by_letter(std::span<const Option> options, char letter) {
    if (letter == help_option.letter) return &help_option;
    const auto found = std::ranges::find(options, letter, &Option::letter);
    return found == options.end() || letter == 0 ? nullptr : &*found;
}

std::string quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string unknown(std::span<const Option> options, std::string_view word) {
    std::vector<std::string> names = {"--help"};
    for (const Option& option : options) names.push_back("--" + std::string(option.name));
    const std::string_view near = flow::nearest(word, names);
    std::string text = "unknown option " + quoted(word);
    return near.empty() ? text : text + "; did you mean " + quoted(near) + "?";
}

class Parser {
public:
    Parser(std::span<const Option> options, std::span<const std::string_view> words)
        : options_(options), left_(words) {}

    Words_or parse() {
        while (!left_.empty()) {
            const std::string_view word = left_.front();
            left_ = left_.subspan(1);
            if (word == "--") {
                words_.rest.insert(words_.rest.end(), left_.begin(), left_.end());
                break;
            }
            if (word.starts_with("--")) {
                long_option(word);
            } else if (word.size() > 1 && word.front() == '-') {
                letters(word.substr(1));
            } else {
                words_.rest.emplace_back(word);
            }
            if (!error_.empty()) return std::unexpected(error_);
        }
        return std::move(words_);
    }

private:
    void long_option(std::string_view word) {
        const std::size_t equals = word.find('=');
        const bool has_value = equals != std::string_view::npos;
        const std::string_view name = word.substr(0, equals);
        const Option* option = by_name(options_, name.substr(2));
        if (option == nullptr) {
            error_ = unknown(options_, name);
        } else if (has_value && option->value.empty()) {
            error_ = std::string(name) + " takes no value";
        } else if (has_value) {
            words_.options.push_back({option, std::string(word.substr(equals + 1)), true});
        } else {
            take(*option, name);
        }
    }

    void letters(std::string_view letters) {
        for (const char letter : letters) {
            const Option* option = by_letter(options_, letter);
            const char name[] = {'-', letter};
            if (option == nullptr) {
                error_ = unknown(options_, {name, 2});
                return;
            }
            take(*option, {name, 2});
        }
    }

    void take(const Option& option, std::string_view as) {
        if (option.value.empty() || option.may_omit_value) {
            words_.options.push_back({&option, "", false});
        } else if (left_.empty()) {
            error_ = std::string(as) + " needs a value: " + std::string(as) + (as.starts_with("--") ? "=" : " ") +
                     std::string(option.value);
        } else {
            words_.options.push_back({&option, std::string(left_.front()), true});
            left_ = left_.subspan(1);
        }
    }

    std::span<const Option> options_;
    std::span<const std::string_view> left_;
    Words words_;
    std::string error_;
};

std::string left_side(const Option& option) {
    std::string text = option.letter != 0 ? std::string("-") + option.letter + ", --" : "    --";
    text += option.name;
    if (option.value.empty()) return text;
    const std::string value = "=" + std::string(option.value);
    return text + (option.may_omit_value ? "[" + value + "]" : value);
}

}  // namespace

const Words::Given* Words::find(std::string_view name) const {
    const auto found = std::ranges::find_if(options.rbegin(), options.rend(),
                                            [&](const Given& given) { return given.option->name == name; });
    return found == options.rend() ? nullptr : &*found;
}

std::expected<Words, std::string> parse(std::span<const Option> options, std::span<const std::string_view> words) {
    return Parser(options, words).parse();
}

std::string help_of(std::span<const Option> options) {
    std::vector<const Option*> all;
    for (const Option& option : options) all.push_back(&option);
    all.push_back(&help_option);
    std::size_t width = 0;
    for (const Option* option : all) width = std::max(width, left_side(*option).size());
    std::string text;
    for (const Option* option : all) {
        const std::string left = left_side(*option);
        text += "  " + left + std::string(width - left.size() + 2, ' ') + std::string(option->help) + "\n";
    }
    return text;
}

}  // namespace flowrun::command
