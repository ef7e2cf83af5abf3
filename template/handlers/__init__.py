"""Every Lambda function of the stack: api, consumers, jobs and triggers around one domain."""
