#pragma once
// One process, from its start until nothing of it is left: its pipes, its end, and that of what it started.
//
// All on the thread of its loop. Told to end, its process group gets TERM, and KILL some time later. It stays a zombie
// until the last signal to the group is sent, so that its number can be nobody else's.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "command.hh"
#include "descriptor.hh"
#include "ending.hh"
#include "loop.hh"
#include "node_processes.hh"

namespace flowrun::core::exec {

class Child final : public Loop::Handle, private Alarm {
public:
    // Who has started it. Dropped by the child once `ended` has been called.
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void printed(std::string_view text) = 0;
        virtual void complained(std::string_view) {}  // on stderr
        // It has ended, and all that it printed has been given. Something that it left behind may hold its pipes for
        // longer; then that is told to end.
        virtual void ended(const Ending& ending) = 0;
    };
    struct Wishes {
        bool input = false;   // a pipe, and not /dev/null
        bool output = false;  // likewise
        std::int64_t kill_after = 0;
        const flowrun_secrets* secrets = nullptr;
    };

    Child(Loop& loop, std::shared_ptr<NodeProcesses> processes, const Wishes& wishes);
    ~Child() override;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    // Starts it; then it is the loop's. What was wrong, if it could not be. Of `input` as much is written at once as
    // goes; the rest of `input` must stand until the child has ended or its owner has gone.
    static std::optional<sdk::Failure> start(std::unique_ptr<Child> child, const Command& command,
                                             std::string_view input, std::shared_ptr<Owner> owner);

    Descriptor take_input() { return std::move(in_); }  // in place of `input`: the owner writes
    const Tail& errors() const { return ending_.errors; }
    const NodeProcesses* processes() const { return processes_.get(); }

    void hold_output(bool hold);    // while it is held nothing is read, and the process waits
    void shut_output();             // it cannot print any more
    void leave();                   // the owner goes; what is printed from now on is thrown away
    void terminate();               // TERM, and KILL after a while
    void hurry(std::int64_t most);  // the same, but KILL after `most` at the latest

private:
    struct Part final : Watcher {
        Part(Child& of, void (Child::*what)()) : child(of), act(what) {}
        void ready(std::uint32_t) override { (child.*act)(); }
        Child& child;
        void (Child::*act)();
    };

    std::optional<sdk::Failure> launch(const Command& command, std::string_view input);
    void feed();
    int turns() const;
    void read_output();
    void read_errors();
    void has_ended();
    void ring() override;
    void settle();
    bool is_alone() const;
    void tell_owner(bool reap);
    void finish();
    void signal(int number) const;
    template <class Sink>
    bool read(Descriptor& from, Sink&& sink);

    Loop& loop_;
    const std::shared_ptr<NodeProcesses> processes_;
    const Wishes wishes_;
    std::shared_ptr<Owner> owner_;
    pid_t pid_ = -1;
    Descriptor end_, in_, out_, err_;
    Part on_in_{*this, &Child::feed}, on_out_{*this, &Child::read_output}, on_err_{*this, &Child::read_errors},
        on_end_{*this, &Child::has_ended};
    std::string_view input_;
    Ending ending_;
    Time kill_at_ = never;
    bool held_ = false, reading_ = false;
    bool exited_ = false;     // the process itself; what it started may go on
    bool lingering_ = false;  // it has exited, and a pipe is still open
    bool told_ = false;       // to end
    bool killed_ = false;
};

}  // namespace flowrun::core::exec
