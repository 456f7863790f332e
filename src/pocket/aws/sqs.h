/* sqs: what others put on the queues of the pocket's SQS. */
#ifndef TOBAN_POCKET_AWS_SQS_H
#define TOBAN_POCKET_AWS_SQS_H

#include "pocket/aws/account.h"

/* Makes a standard queue with SQS's own settings; nothing when there is one of that name. */
void sqs_make(struct account *a, const char *queue);
/* Puts a message on a queue, as SendMessage does, now; nothing when there is no such queue. */
void sqs_post(struct account *a, const char *queue, const char *body);

#endif
