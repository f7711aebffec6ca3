// Who may be able to change a plugin (component/trust.hh): each folder of its path, and each link.

#include <catch2/catch.hpp>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "component/trust.hh"

using flowrun::component::Program;
using flowrun::component::trusted;
namespace fs = std::filesystem;

namespace {

// a/b/plugin.so in a folder of this test's own.
struct Place {
    Place() {
        std::string name = (fs::temp_directory_path() / "flowrun-trust-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        top = fs::canonical(name).string();
        fs::create_directories(top + "/a/b");
        mode("/a", 0755);
        mode("/a/b", 0755);
        std::ofstream(top + "/a/b/plugin.so") << "text";
        mode("/a/b/plugin.so", 0644);
    }
    ~Place() {
        std::error_code ignored;
        fs::remove_all(top, ignored);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    void mode(const std::string& of, mode_t to) const { REQUIRE(::chmod((top + of).c_str(), to) == 0); }
    void give_away(const std::string& of) const { REQUIRE(::lchown((top + of).c_str(), 65534, 65534) == 0); }
    std::string why(const std::string& path, const Program& program = {}) const {
        const auto judged = trusted(top + path, program);
        if (judged) return {};
        CHECK_FALSE(judged.error().remedy.empty());
        std::string what = judged.error().what;
        for (std::size_t at = 0; (at = what.find(top)) != std::string::npos;) what.erase(at, top.size());
        return what;
    }

    std::string top;
};

bool root() { return ::geteuid() == 0; }

}  // namespace

TEST_CASE("a file that only its owner may write, in folders of the same kind, is trusted") {
    const Place place;
    CHECK(place.why("/a/b/plugin.so").empty());
    CHECK(place.why("/a/../a/./b//plugin.so").empty());
}

TEST_CASE("who may write the file or any folder above it is named") {
    const Place place;
    const auto with = [&](const std::string& of, mode_t mode) {
        place.mode(of, mode);
        std::string why = place.why("/a/b/plugin.so");
        place.mode(of, fs::is_directory(place.top + of) ? 0755 : 0644);
        return why;
    };
    CHECK(with("/a/b/plugin.so", 0646) == "others can write it");
    CHECK(with("/a/b/plugin.so", 0664) == "its group can write it");
    CHECK(with("/a/b/plugin.so", 01666) == "others can write it");
    CHECK(with("/a/b", 0757) == "others can write the folder /a/b");
    CHECK(with("/a/b", 0775) == "its group can write the folder /a/b");
    CHECK(with("/a", 0777) == "others can write the folder /a");
    CHECK(with("/a", 0775) == "its group can write the folder /a");
    CHECK(with("/a", 01777).empty());
    CHECK(with("/a", 0755).empty());
}

TEST_CASE("what belongs to another user is not trusted, be it a file, a folder, or a link where all may make one") {
    if (!root()) return;
    {
        const Place place;
        place.give_away("/a/b/plugin.so");
        CHECK(place.why("/a/b/plugin.so") == "it belongs to another user");
    }
    {
        const Place place;
        place.give_away("/a");
        CHECK(place.why("/a/b/plugin.so") == "the folder /a belongs to another user");
        CHECK(place.why("/a/b/plugin.so", {.path = {}, .owner = 65534}).empty());
    }
    const Place place;
    fs::create_directories(place.top + "/shared");
    fs::create_symlink("../a/b", place.top + "/shared/link");
    place.give_away("/shared/link");
    CHECK(place.why("/shared/link/plugin.so").empty());
    place.mode("/shared", 01777);
    CHECK(place.why("/shared/link/plugin.so") == "the link /shared/link belongs to another user");
    CHECK(place.why("/a/../shared/link/plugin.so") == "the link /shared/link belongs to another user");
}

TEST_CASE("links are followed: where they stand and what they lead to counts") {
    const Place place;
    fs::create_directories(place.top + "/links");
    fs::create_symlink(place.top + "/a/b", place.top + "/links/whole");
    fs::create_symlink("../a/b/plugin.so", place.top + "/links/plugin.so");
    fs::create_symlink("../links/plugin.so", place.top + "/links/twice.so");
    for (const std::string path : {"/links/whole/plugin.so", "/links/plugin.so", "/links/twice.so"}) {
        CHECK(place.why(path).empty());
        place.mode("/a", 0777);
        CHECK(place.why(path) == "others can write the folder /a");
        place.mode("/a", 0755);
        place.mode("/links", 0777);
        CHECK(place.why(path) == "others can write the folder /links");
        place.mode("/links", 0755);
    }
    fs::create_symlink("loop.so", place.top + "/links/loop.so");
    CHECK(place.why("/links/loop.so") == "its path has too many links");
}

TEST_CASE("who may change the program itself is trusted with its plugins") {
    const Place place;
    place.mode("/a", 0777);
    CHECK(place.why("/a/b/plugin.so", {.path = place.top + "/a/bin/flowrun"}).empty());
    CHECK(place.why("/a/b/plugin.so", {.path = place.top + "/ab/bin/flowrun"}) == "others can write the folder /a");
    place.mode("/a", 0755);
    place.mode("/a/b", 0775);
    CHECK(place.why("/a/b/plugin.so", {.path = {}, .owner = {}, .writing_group = ::getegid()}).empty());
    CHECK_FALSE(place.why("/a/b/plugin.so", {.path = {}, .owner = {}, .writing_group = ::getegid() + 1}).empty());
    CHECK_FALSE(Program::of_process().path.empty());
    CHECK(Program::of_process().is_below("/"));
}
