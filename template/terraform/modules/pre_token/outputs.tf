# Needs nothing of the function but its name, so that the pool does not wait for it.
output "trigger" {
  description = "What the user pool's configuration says: which function, and which event."
  value = {
    lambda_arn     = "arn:${var.account.partition}:lambda:${var.account.region}:${var.account.id}:function:${var.function_name}:${var.alias}"
    lambda_version = "V3_0" # the first that is asked about machines, too
  }
}
