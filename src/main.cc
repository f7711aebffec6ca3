#include "command/verb.hh"

int main(int argc, char** argv) { return flowrun::command::main_of(argc, argv); }
