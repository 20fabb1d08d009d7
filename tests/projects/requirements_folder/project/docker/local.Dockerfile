FROM python:3.12.4
ADD requirements/ requirements/
RUN pip install -r requirements/local.txt
