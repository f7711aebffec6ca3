#pragma once
// Tells when followed files grow, and when names come and go in their folders: inotify. Not locked.
//
// It does not watch what it would not be told of in full: a network file system says nothing of what others do.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "handle.hh"

namespace flowrun::file {

class Watch {
public:
    // What came to pass since the last look.
    struct News {
        struct Move {
            std::string from, to;
        };
        bool any = false;
        bool names = false;       // names may have changed
        std::vector<Move> moves;  // renames from one watched folder to another or within one, in their order
    };

    Watch();

    int fd() const { return events_.get(); }  // -1: there is no inotify to be had
    // `prefix`: what paths in the folder begin with, such as "logs/", or "". False: it cannot be watched.
    bool folder(const std::string& prefix);
    // The file behind the descriptor, wherever it is moved; the number is for `forget`, -1: it cannot be watched.
    int file(int fd);
    void forget(int number);
    // Takes all events that are there.
    News news();

private:
    int add(const std::string& path, unsigned what) const;
    void moved(std::uint32_t mask, std::uint32_t cookie, int number, const char* name, News& out);

    Handle events_;
    std::map<int, std::vector<std::string>> folders_;  // the prefixes that lead to a folder, by its number
    std::map<std::uint32_t, std::string> leaving_;     // where a file that is renamed was, by the kernel's cookie
};

}  // namespace flowrun::file
