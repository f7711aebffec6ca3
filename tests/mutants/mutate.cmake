# cmake -DFROM= -DTO= -DWHAT= -DBY= -P mutate.cmake: copies FROM to TO with WHAT (which must stand there once) replaced.
# A semicolon, which would part a list, is written @.
string(REPLACE "@" ";" WHAT "${WHAT}")
string(REPLACE "@" ";" BY "${BY}")
string(REPLACE "\\n" "\n" WHAT "${WHAT}")
string(REPLACE "\\n" "\n" BY "${BY}")
file(READ "${FROM}" text)
string(FIND "${text}" "${WHAT}" first)
string(FIND "${text}" "${WHAT}" last REVERSE)
if(first EQUAL -1 OR NOT first EQUAL last)
  message(FATAL_ERROR "mutate: '${WHAT}' does not stand in ${FROM} exactly once: write the mutant anew")
endif()
string(REPLACE "${WHAT}" "${BY}" text "${text}")
file(WRITE "${TO}" "${text}")
