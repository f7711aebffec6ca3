#include "command.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "formats/kind.hh"

extern char** environ;  // NOLINT(readability-redundant-declaration): not in every unistd.h

namespace flowrun::core::exec {

using namespace sdk;

namespace {

// A scalar as a word of a command line, or as the value of a variable.
std::string word_of(Value value, const std::string& place) {
    std::string word;
    if (const auto text = value.text()) {
        word = *text;
    } else if (value.boolean() || value.is(Kind::integer) || value.is(Kind::unsigned_integer) || value.is(Kind::real) ||
               value.is(Kind::number)) {
        word = value.json();
    } else {
        throw Failure(Status::invalid, place + " is " + formats::name_of(value.kind()) + ", not a string or a number");
    }
    if (word.find('\0') != word.npos) {
        throw Failure(Status::invalid, place + " holds a NUL character, which no command can be given");
    }
    return word;
}

bool names(const std::string& line, std::string_view name) {
    return line.size() > name.size() && line[name.size()] == '=' && std::string_view(line).starts_with(name);
}

// 0: it can be executed; else why not.
int problem_of(const std::string& path) {
    struct stat what{};
    if (::stat(path.c_str(), &what) != 0) return errno;
    if (S_ISDIR(what.st_mode)) return EISDIR;
    return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

std::string in_folder(const std::string& path, const std::string& cwd) {
    return cwd.empty() || path.starts_with('/') ? path : cwd + "/" + path;
}

[[noreturn]] void refuse(const std::string& name, int error, bool searched) {
    std::string text = "cannot run '" + name + "': ";
    if (searched && error == ENOENT) text += "there is no such command on PATH";
    else if (error == EACCES) text += "it is not executable, or a folder on its path is closed to us";
    else if (error == EISDIR) text += "it is a folder";
    else text += std::strerror(error);
    throw Failure(Status::permanent, text);
}

}  // namespace

Environment Environment::inherited() {
    Environment all;
    for (char** line = environ; line && *line; ++line) all.lines_.emplace_back(*line);
    return all;
}

std::vector<std::string>::iterator Environment::find(std::string_view name) {
    return std::find_if(lines_.begin(), lines_.end(), [&](const std::string& line) { return names(line, name); });
}

void Environment::set(std::string_view name, std::string_view value) {
    std::string line = std::string(name) + "=" + std::string(value);
    if (const auto found = find(name); found != lines_.end()) *found = std::move(line);
    else lines_.push_back(std::move(line));
}

void Environment::unset(std::string_view name) {
    if (const auto found = find(name); found != lines_.end()) lines_.erase(found);
}

void Environment::add(Value map) {
    for (auto [name, value] : map.entries()) {
        if (name.empty() || name.find('=') != name.npos || name.find('\0') != name.npos) {
            throw Failure(Status::invalid, "'" + std::string(name) + "' cannot be the name of a variable in 'env'");
        }
        if (value.is(Kind::null)) unset(name);
        else set(name, word_of(value, "env." + std::string(name)));
    }
}

std::string_view Environment::get(std::string_view name) const {
    for (const std::string& line : lines_) {
        if (names(line, name)) return std::string_view(line).substr(name.size() + 1);
    }
    return {};
}

std::vector<std::string> words_of(Value argv) {
    std::vector<std::string> words;
    for (Value word : argv.items()) words.push_back(word_of(word, "argv[" + std::to_string(words.size()) + "]"));
    if (words.empty() || words.front().empty()) {
        throw Failure(Status::invalid, "'argv' names no program: its first word is empty");
    }
    return words;
}

std::string program_of(const std::string& name, std::string_view path, const std::string& cwd) {
    if (name.find('/') != name.npos) {
        if (const int error = problem_of(in_folder(name, cwd))) refuse(name, error, false);
        return name;
    }
    if (path.empty()) path = "/usr/local/bin:/usr/bin:/bin";
    int worst = ENOENT;
    for (;;) {
        const std::size_t end = std::min(path.find(':'), path.size());
        std::string file = std::string(path.substr(0, end));
        file += file.empty() ? "./" + name : "/" + name;
        const int error = problem_of(in_folder(file, cwd));
        if (error == 0) return file;
        if (error == EACCES) worst = error;
        if (end == path.size()) break;
        path.remove_prefix(end + 1);
    }
    refuse(name, worst, true);
}

Failure start_failure(const Command& command, int error, bool folder) {
    const std::string why = std::strerror(error);
    if (folder) return {Status::permanent, "cannot run '" + command.name() + "' in '" + command.cwd + "': " + why};
    const std::string text = "cannot run '" + command.name() + "': ";
    switch (error) {
        case EAGAIN:
        case ENOMEM:
        case EMFILE:
        case ENFILE:
        case ENOSPC:
        case ETXTBSY: return {Status::unavailable, text + why};
        case E2BIG: return {Status::invalid, text + "its arguments and environment are too long"};
        case ENOEXEC:
            return {Status::permanent, text + "it is no program (a script begins with a line such as #!/bin/sh)"};
        case ENOENT:
            return {Status::permanent, text + "it is gone, or the interpreter that its first line names is not there"};
        default: return {Status::permanent, text + why};
    }
}

}  // namespace flowrun::core::exec
