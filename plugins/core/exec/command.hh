#pragma once
// What is executed: a program with its arguments, its environment and its folder.

#include <flowrun/component.hh>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::core::exec {

// NAME=VALUE lines. Immutable once it is shared.
class Environment {
public:
    static Environment inherited();  // the process's own

    void set(std::string_view name, std::string_view value);
    void unset(std::string_view name);
    // Sets the entries of a map; null unsets. Throws sdk::Failure (invalid) over what cannot stand in an environment.
    void add(sdk::Value map);
    std::string_view get(std::string_view name) const;  // empty: not there
    const std::vector<std::string>& lines() const { return lines_; }

private:
    std::vector<std::string>::iterator find(std::string_view name);

    std::vector<std::string> lines_;
};

struct Command {
    std::string path;  // of the program, as the kernel takes it
    std::vector<std::string> argv;
    std::shared_ptr<const Environment> base;
    std::vector<std::string> own;  // lines of this message; names that `base` does not have
    std::string cwd;               // empty: the process's own

    // How it is called in messages: its first word.
    const std::string& name() const { return argv.front(); }
};

// The words of an argument list. Throws sdk::Failure (invalid).
std::vector<std::string> words_of(sdk::Value argv);

// The file that `name` stands for, looked for as a shell does: along PATH unless it holds a slash. One with a slash is
// relative to `cwd`, and given back as it is. Throws sdk::Failure (permanent), which names it.
std::string program_of(const std::string& name, std::string_view path, const std::string& cwd);

// What is wrong with a program that could not be started, by the errno.
sdk::Failure start_failure(const Command& command, int error, bool in_folder);

}  // namespace flowrun::core::exec
