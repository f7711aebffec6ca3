#include "command/exit.hh"

namespace flowrun::command {

namespace {

int rank(Exit e) {
    switch (e) {
        case Exit::flow: return 0;
        case Exit::usage: return 1;
        case Exit::unavailable: return 2;
        case Exit::running: return 3;
        case Exit::time_up: return 4;
        case Exit::interrupted: return 5;
        case Exit::terminated: return 5;
        case Exit::failed: return 6;
        case Exit::reader_gone: return 7;
        case Exit::ok: return 8;
    }
    return 8;
}

}  // namespace

Exit graver(Exit a, Exit b) { return rank(b) < rank(a) ? b : a; }

}  // namespace flowrun::command
