#include "descriptor.hh"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace flowrun::test {

Descriptor::Descriptor(int which, int instead) : which_(which), saved_(::dup(which)) {
    if (which == 1) std::fflush(stdout);
    ::dup2(instead, which);
    ::close(instead);
}

Descriptor::~Descriptor() { restore(); }

void Descriptor::restore() {
    if (saved_ < 0) return;
    ::dup2(saved_, which_);
    ::close(saved_);
    saved_ = -1;
}

int file_with(const std::string& content) {
    char name[] = "/tmp/flowrun-test-XXXXXX";
    const int fd = ::mkstemp(name);
    ::unlink(name);
    for (std::size_t at = 0; at < content.size();) {
        const ssize_t wrote = ::write(fd, content.data() + at, content.size() - at);
        if (wrote <= 0) std::abort();
        at += static_cast<std::size_t>(wrote);
    }
    ::lseek(fd, 0, SEEK_SET);
    return fd;
}

std::string content_of(int fd) {
    std::string all;
    char block[65536];
    ::lseek(fd, 0, SEEK_SET);
    for (ssize_t got = 0; (got = ::read(fd, block, sizeof block)) > 0;)
        all.append(block, static_cast<std::size_t>(got));
    return all;
}

}  // namespace flowrun::test
