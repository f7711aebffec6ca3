#pragma once
// Stands something else in for descriptor 0 or 1 while it lives.

#include <csignal>
#include <string>

namespace flowrun::test {

class Descriptor {
public:
    Descriptor(int which, int instead);  // takes `instead`
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    void restore();  // now, so that Catch may print again

private:
    int which_, saved_;
};

int file_with(const std::string& content);  // an unnamed file, at its start
std::string content_of(int fd);             // of a whole file

}  // namespace flowrun::test
