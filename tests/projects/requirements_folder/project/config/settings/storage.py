from config.env import env

STORAGE = env("FILE_UPLOAD_STORAGE", default="local")
if STORAGE == "s3":
    AWS_S3_ACCESS_KEY_ID = env("AWS_S3_ACCESS_KEY_ID")
