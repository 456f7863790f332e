/*
 * who: the person at the keyboard, as journals and leases name one.
 */
#ifndef TOBAN_BASE_WHO_H
#define TOBAN_BASE_WHO_H

#define WHO_TEXT_MAX 96

/* "ann@bastion-1": the login name (behind sudo that of the caller; a number when it has no name)
 * and the name of this machine. Longer ones are cut. */
const char *who_am_i(char buf[static WHO_TEXT_MAX]);

#endif
