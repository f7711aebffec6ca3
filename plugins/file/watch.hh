#pragma once
// Tells when followed files grow, and when names come and go in their folders: inotify.
//
// It does not watch what it would not be told of in full: a network file system says nothing of what others do.

#include <string>

#include "handle.hh"

namespace flowrun::file {

class Watch {
public:
    Watch();

    int fd() const { return events_.get(); }  // -1: there is no inotify to be had
    bool folder(const std::string& path);     // false: it cannot be watched
    // The file behind the descriptor, wherever it is moved; the number is for `forget`, -1: it cannot be watched.
    int file(int fd);
    void forget(int number);
    // Takes all events that are there: whether names may have changed.
    bool names_changed();

private:
    int add(const std::string& path, unsigned what) const;

    Handle events_;
};

}  // namespace flowrun::file
