#include "command/options.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <ranges>
#include <utility>

#include "flow/suggest.hh"

namespace flowrun::command {

namespace {

using Words_or = std::expected<Words, std::string>;

constexpr Option help_option = {"help", 'h', "", false, "print this and exit"};

std::string quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string unknown(std::span<const Option> options, std::string_view word) {
    std::vector<std::string> names = {"--help"};
    for (const Option& option : options) names.push_back("--" + std::string(option.name));
    const std::string_view near = flow::nearest(word, names);
    std::string text = "unknown option " + quoted(word);
    return near.empty() ? text : text + "; did you mean " + quoted(near) + "?";
}

// Stands before each value behind an equals sign: CLI11 takes an empty value for none, and some to a flag for the
// flag's own. No word of a command line can hold it.
constexpr char guard = '\0';

std::string guarded(std::string_view word) {
    std::string text(word);
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
    if (equals != std::string_view::npos) text.insert(equals + 1, 1, guard);
    return text;
}

std::string unguarded(std::string text) {
    std::erase(text, guard);
    return text;
}

// "--trace" of "--trace=x", "-x" of "-xyz".
std::string_view option_in(std::string_view word) {
    if (word.starts_with("--")) return word.substr(0, word.find('='));
    std::size_t size = 2;
    while (size < word.size() && (static_cast<unsigned char>(word[size]) & 0xC0U) == 0x80U) ++size;
    return word.substr(0, size);
}

// CLI11's parser, made from the table of one verb. It sorts the words; all that is said to people is ours.
class Parser {
public:
    Parser(std::span<const Option> options, std::span<const std::string_view> words)
        : options_(options), given_(words) {
        app_.set_help_flag();  // one of the table, too
        app_.allow_extras();   // the words that are no options, and unknown options, of which we tell
        app_.allow_windows_style_options(false);
        add(help_option);
        for (const Option& option : options) add(option);
    }

    Words_or parse() {
        std::vector<std::string> reversed;  // as CLI11 takes them
        for (const std::string_view word : std::views::reverse(given_)) reversed.push_back(guarded(word));
        try {
            app_.parse(std::move(reversed));
        } catch (const CLI::ArgumentMismatch&) {
            return std::unexpected(lacking(given_.back()));
        } catch (const CLI::Error& error) { return std::unexpected(error.what()); }
        Words out;
        std::string wrong = take_rest(out);
        if (wrong.empty()) wrong = take_options(out);
        if (!wrong.empty()) return std::unexpected(std::move(wrong));
        return out;
    }

private:
    struct Known {
        const CLI::Option* parsed;
        const Option* option;
        std::size_t taken = 0;  // of its values
    };

    // CLI11 takes ten microseconds to make ten options, a good part of a short run's start: it is told of those alone
    // that some word may mean.
    bool may_be_given(const Option& option) const {
        return std::ranges::any_of(given_, [&](std::string_view word) {
            if (!word.starts_with('-')) return false;
            return (word.starts_with("--") && word.substr(2).starts_with(option.name)) ||
                   (option.letter != 0 && word.find(option.letter) != std::string_view::npos);
        });
    }

    void add(const Option& option) {
        if (!may_be_given(option)) return;
        std::string names = "--" + std::string(option.name);
        if (option.letter != 0) names += std::string(",-") + option.letter;
        // A flag takes a value behind an equals sign and never the next word: so does one that may omit it.
        const bool flag = option.value.empty() || option.may_omit_value;
        CLI::Option* added = flag ? app_.add_flag(names) : app_.add_option(names);
        added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        known_.push_back({added, &option});
    }

    // Only the last word can want one more.
    std::string lacking(std::string_view last) const {
        const bool is_long = last.starts_with("--");
        const std::string as = is_long ? std::string(last) : std::string("-") + last.back();
        const auto found = std::ranges::find_if(known_, [&](const Known& k) {
            return is_long ? k.option->name == last.substr(2) : k.option->letter == last.back();
        });
        return as + " needs a value: " + as + (is_long ? "=" : " ") + std::string(found->option->value);
    }

    std::string take_rest(Words& out) {
        bool options_ended = false;
        for (std::string& word : app_.remaining()) {
            if (!options_ended && word == "--") {
                options_ended = true;
            } else if (!options_ended && word.size() > 1 && word.front() == '-') {
                return unknown(options_, option_in(word));
            } else {
                out.rest.push_back(unguarded(std::move(word)));
            }
        }
        return {};
    }

    std::string take_options(Words& out) {
        for (const CLI::Option* parsed : app_.parse_order()) {
            Known& known = *std::ranges::find(known_, parsed, &Known::parsed);
            const Option& option = *known.option;
            const std::string& value = parsed->results()[known.taken++];
            const bool behind_equals = value.starts_with(guard);
            if (option.value.empty() && behind_equals) return "--" + std::string(option.name) + " takes no value";
            const bool has_value = behind_equals || !(option.value.empty() || option.may_omit_value);
            out.options.push_back({&option, has_value ? unguarded(value) : "", has_value});
        }
        return {};
    }

    std::span<const Option> options_;
    std::span<const std::string_view> given_;
    CLI::App app_;
    std::vector<Known> known_;
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
