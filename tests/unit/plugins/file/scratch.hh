#pragma once
// A folder that is gone afterwards, and the files in it.

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace flowrun::test {

class Scratch {
public:
    Scratch() {
        std::string name = std::filesystem::temp_directory_path() / "flowrun-test-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    std::string path(const std::string& name) const { return folder_ / name; }
    std::string write(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }
    void append(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary | std::ios::app) << content;
    }
    std::string read(const std::string& name) const {
        std::ifstream file(path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    bool has(const std::string& name) const {
        return std::filesystem::symlink_status(path(name)).type() != std::filesystem::file_type::not_found;
    }
    std::size_t size() const {  // files and folders right in it
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
    }
    void rename(const std::string& from, const std::string& to) const { std::filesystem::rename(path(from), path(to)); }
    void link(const std::string& to, const std::string& name) const { std::filesystem::create_symlink(to, path(name)); }
    void make(const std::string& name) const { std::filesystem::create_directories(path(name)); }

private:
    std::filesystem::path folder_;
};

// A text as JSON; only for what needs no escape.
inline std::string quoted(const std::string& text) { return '"' + text + '"'; }

}  // namespace flowrun::test
