#pragma once
// The options of a verb, as one table: parsing (by CLI11), help and "did you mean" all read it. Long options take their
// value as --name=VALUE or in the next word, the one-letter ones stand alone or together (-qn); options and other words
// may be mixed; after `--` there are no options.

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::command {

struct Option {
    std::string_view name;        // "trace"
    char letter = 0;              // 'q' for -q; 0: none
    std::string_view value = {};  // what help calls its value, "FILE"; empty: it takes none
    bool may_omit_value = false;  // --lock or --lock=PATH, never from the next word
    std::string_view help = {};   // one line, lower-case start
};

// A command line, taken apart.
struct Words {
    struct Given {
        const Option* option;
        std::string value;
        bool has_value;
    };
    std::vector<Given> options;     // in the order given
    std::vector<std::string> rest;  // all other words

    // The last one of this name, or nullptr.
    const Given* find(std::string_view name) const;
    bool has(std::string_view name) const { return find(name) != nullptr; }
};

// The error is a message for people, with its remedy. --help and -h are always known.
std::expected<Words, std::string> parse(std::span<const Option> options, std::span<const std::string_view> words);

// Lines for help, aligned.
std::string help_of(std::span<const Option> options);

}  // namespace flowrun::command
