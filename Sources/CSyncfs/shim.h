#pragma once

// syncfs(2) and rename(2). glibc shows them only to programs that define _GNU_SOURCE, which Swift's own map of glibc does not.
extern int syncfs(int descriptor);
extern int renameat2(int oldfolder, const char *oldpath, int newfolder, const char *newpath, unsigned int flags);
