output "bucket_name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.bucket
}

output "objects_arn" {
  description = "ARN of the files in the bucket."
  value       = "${aws_s3_bucket.this.arn}/*"
}
