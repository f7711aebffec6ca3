#pragma once
// Bytes from a file descriptor.
//
// A pipe, terminal or socket is waited for through the host, so that a stop wakes it; regular files cannot be waited
// for and are simply read. What it does not do: close the descriptor, or change its flags (they may belong to the
// shell, too).

#include <flowrun/component.hh>

#include <string>
#include <utility>

#include "source.hh"

namespace flowrun::formats {

class Descriptor final : public Source {
public:
    // `name` is what messages call it; `remedy` follows where it is closed or a directory.
    Descriptor(int fd, std::string name, std::string remedy = {})
        : fd_(fd), name_(std::move(name)), remedy_(std::move(remedy)) {}

    Read read(sdk::Call call, char* to, std::size_t room) override;

private:
    sdk::Status wait(sdk::Call call) const;
    [[noreturn]] void refuse(int error) const;

    int fd_;
    std::string name_, remedy_;
    bool known_ = false;
    bool pollable_ = false;
};

}  // namespace flowrun::formats
