#include "word.hh"
