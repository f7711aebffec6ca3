#include "word.hh"
#include "line.hh"
